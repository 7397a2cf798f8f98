import type { IncomingMessage } from 'node:http';
import type { Problem } from '../proxy/answer/problem.ts';
import { type CallerPolicy, refusalOf } from '../proxy/gate/caller-policy.ts';
import { readRequestHead } from '../proxy/gate/request-head.ts';

/** Kubelets and load balancers call these by any name, and they tell nothing. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz']);

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Judges a request to the private listener. Besides what holds for every caller ({@link refusalOf}: no foreign `Host`,
 * no request of another site), whatever changes something needs a header field that a page of another site cannot send
 * without being asked first (CORS), and we never say yes.
 * @returns the refusal, or `undefined` if the request may pass
 */
export const adminRefusal = (
  request: Pick<IncomingMessage, 'url' | 'method' | 'rawHeaders' | 'headers'>,
  policy: CallerPolicy,
): Problem | undefined => {
  if (PROBES.has(request.url ?? '')) return undefined;
  const refusal = refusalOf(readRequestHead(request.rawHeaders), policy);
  if (refusal !== undefined) return refusal;
  const declared = request.headers['x-requested-with'];
  return SAFE_METHODS.has(request.method ?? '') || (declared !== undefined && declared !== '')
    ? undefined
    : undeclared;
};

const undeclared: Problem = {
  status: 403,
  name: 'cross-site',
  title: 'The request does not say that it is meant',
  detail:
    'Requests that change something need the header field `X-Requested-With` with any value, such as `curl -H "X-Requested-With: curl" …`, so that no web page can send them unnoticed.',
};
