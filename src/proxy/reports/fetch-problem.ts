import { sentences } from '../../base/sentences.ts';
import { DcrError, type DcrErrorCode } from '../../oauth/index.ts';
import { MissingScopeError } from '../../upstream/bearer-authentication.ts';
import { type Problem, ProblemError, type ProxyError } from '../answer/problem.ts';
import { upstreamProblem } from './upstream-problem.ts';

/** Why a report could not be fetched, as a problem for the caller. @param origin of the report API */
export const fetchProblem = (error: Error, origin: string): Problem => {
  if (error instanceof DcrError) return noToken(error);
  if (error instanceof MissingScopeError) return missingScope(error, origin);
  if (error instanceof ProblemError) return error.problem;
  return upstreamProblem(error, origin);
};

/**
 * RFC 9209 §2.3: a DCR server that is away is no mistake of whoever configured the proxy; what is not here is.
 */
const BY_CODE: Readonly<Partial<Record<DcrErrorCode, ProxyError>>> = {
  throttled: 'destination_unavailable',
  server_error: 'destination_unavailable',
  unexpected_status: 'destination_unavailable',
  unreachable: 'destination_unavailable',
  overdue: 'destination_unavailable',
  aborted: 'destination_unavailable',
  closed: 'destination_unavailable',
  budget_exhausted: 'connection_limit_reached',
  timeout: 'http_response_timeout',
  tls_failed: 'tls_certificate_error',
  malformed_answer: 'http_protocol_error',
  answer_too_large: 'http_protocol_error',
  internal: 'proxy_internal_error',
};

const noToken = (error: DcrError): Problem => ({
  status: 503,
  name: 'no-token',
  title: 'There is no access token for the report API at the moment',
  detail: sentences(error.message, error.advice),
  retryAfterSeconds: Math.max(1, Math.ceil((error.retryAfter ?? 1000) / 1000)),
  proxyError: BY_CODE[error.code] ?? 'proxy_configuration_error',
  extension: { code: error.code },
});

const missingScope = ({ refusal: { scope, code, trace } }: MissingScopeError, origin: string): Problem => ({
  status: 403,
  name: 'missing-scope',
  title: 'The application lacks a scope for this report API',
  detail:
    `${origin} wants the scope ${scope ?? '(not named)'}. Ask Adobe to grant it to the application that the software ` +
    'statement was made for. `cmu-proxy check` lists the scopes that it has.',
  proxyError: 'proxy_configuration_error',
  extension: {
    ...(scope !== undefined && { scope }),
    ...(code !== undefined && { code }),
    ...(trace !== undefined && { trace }),
  },
});
