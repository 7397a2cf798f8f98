import type { TokenBucket } from '../../base/token-bucket.ts';
import type { Milliseconds } from '../../base/units.ts';
import type { Problem } from '../answer/problem.ts';
import type { Caller } from '../gate/caller-tokens.ts';

/** Whose bound a request goes beyond. */
type Bound = 'caller' | 'upstream';

/** A request that does not go upstream, because it would be one too many. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError';
  readonly code = 'RATE_LIMITED';
  readonly bound: Bound;
  /** Until it could. */
  readonly wait: Milliseconds;

  constructor(bound: Bound, wait: Milliseconds) {
    super(`too many requests of this ${bound}`);
    this.bound = bound;
    this.wait = wait;
  }
}

/**
 * Takes from a bucket what one request costs.
 * @param elapsed monotonic, in milliseconds
 * @returns why the request cannot go now
 */
export const takeFrom = (
  bound: Bound,
  { rate }: { readonly rate?: TokenBucket | undefined },
  elapsed: number,
): RateLimitedError | undefined => {
  const wait = rate?.take(elapsed);
  return wait !== undefined && wait > 0 ? new RateLimitedError(bound, wait) : undefined;
};

/** Of a request that nothing but the upstream can answer: what its caller may cause, and what the upstream may get. */
export const takeFromBoth = (
  caller: Caller | undefined,
  route: { readonly rate?: TokenBucket | undefined },
  elapsed: number,
): RateLimitedError | undefined =>
  (caller && takeFrom('caller', caller, elapsed)) ?? takeFrom('upstream', route, elapsed);

/** What the caller is told. @param origin of the report API */
export const rateLimited = ({ bound, wait }: RateLimitedError, origin: string): Problem => ({
  status: 503,
  name: 'rate-limited',
  title: 'Too many requests for the report API',
  detail:
    bound === 'caller'
      ? 'You have caused as many requests to it as your entry in `listen.callerTokens` allows. Ask less often, or for reports that are stored: without `no-cache`, and the same question in the same words.'
      : `All callers together have caused as many requests to ${origin} as \`upstream.maxRequestsPerSecond\` allows. Ask again after the pause.`,
  retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)),
  proxyError: 'http_request_denied',
});
