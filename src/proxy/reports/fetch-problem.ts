import { DcrError } from '../../oauth/index.ts';
import { TokenRejectedError } from '../../upstream/bearer-authentication.ts';
import type { Problem } from '../answer/problem.ts';
import { upstreamProblem } from './upstream-problem.ts';

/** Why a report could not be fetched, as a problem for the caller. @param origin of the report API */
export const fetchProblem = (error: Error, origin: string): Problem => {
  if (error instanceof DcrError) return noToken(error);
  if (error instanceof TokenRejectedError) return tokenRejected(origin);
  return upstreamProblem(error, origin);
};

const noToken = (error: DcrError): Problem => ({
  status: 503,
  name: 'no-token',
  title: 'There is no access token for the report API at the moment',
  detail: `${error.message} ${error.advice}`,
  retryAfterSeconds: Math.max(1, Math.ceil((error.retryAfter ?? 1000) / 1000)),
  proxyError: 'proxy_configuration_error',
  extension: { code: error.code },
});

const tokenRejected = (origin: string): Problem => ({
  status: 502,
  name: 'token-rejected',
  title: 'The report API refuses a fresh access token',
  detail: `${origin} answered 401 to two tokens in a row. Check that \`dcr.url\` and \`upstream.url\` belong to the same environment, and that the application has the scope for this API. \`cmu-proxy check\` shows each step.`,
  retryAfterSeconds: 5,
  proxyError: 'proxy_configuration_error',
});
