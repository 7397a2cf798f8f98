import type { EpochMs } from '../../base/units.ts';
import type { RequestDirectives } from './cache-control.ts';
import { currentAge, type StoredFreshness } from './stored-freshness.ts';

/**
 * What to do with a stored answer that matches the request:
 * * `fresh`: serve it.
 * * `stale-while-revalidate`: serve it and fetch it anew in the background (RFC 5861 §3).
 * * `stale-allowed`: serve it; the request's `max-stale` takes it as it is.
 * * `revalidate-stale`: it is stale. Validate or fetch before an answer is given (RFC 9211 `fwd=stale`).
 * * `revalidate-request`: it is fresh, but the request wants a newer one (`fwd=request`).
 * * `bypass`: the request's `no-store` wants nothing to do with the store (`fwd=request`).
 * * `gateway-timeout`: the request allows nothing but the store, and this will not do (`only-if-cached`: 504).
 */
export type Reuse =
  | 'fresh'
  | 'stale-while-revalidate'
  | 'stale-allowed'
  | 'revalidate-stale'
  | 'revalidate-request'
  | 'bypass'
  | 'gateway-timeout';

/** Whether it is served as it is. */
export const isServed = (reuse: Reuse): boolean =>
  reuse === 'fresh' || reuse === 'stale-while-revalidate' || reuse === 'stale-allowed';

/** RFC 9111 §4, §5.2.1: how a stored answer may be used for a request at `now`. Allocates nothing. */
export const decideReuse = (stored: StoredFreshness, request: RequestDirectives, now: EpochMs): Reuse => {
  const { onlyIfCached, maxStale } = request;
  if (request.noStore) return onlyIfCached ? 'gateway-timeout' : 'bypass';
  const age = currentAge(stored, now);
  const left = stored.lifetime - age;
  const insists = insistsOnNewer(request, age, left);
  if (left > 0 && !stored.noCache) {
    if (!insists || now - stored.responseTime < request.newEnough) return 'fresh';
    return onlyIfCached ? 'gateway-timeout' : 'revalidate-request';
  }
  if (!insists && !stored.noCache && !stored.mustRevalidate) {
    if (-left < stored.staleWhileRevalidate) return 'stale-while-revalidate';
    if (maxStale !== undefined && -left <= maxStale) return 'stale-allowed';
  }
  return onlyIfCached ? 'gateway-timeout' : 'revalidate-stale';
};

/**
 * RFC 5861 §4: whether a stored answer may stand in for an upstream that failed (5xx, time-out, connection lost).
 * A request that insisted on a new answer gets the failure instead.
 */
export const mayServeOnError = (
  stored: StoredFreshness,
  request: RequestDirectives,
  now: EpochMs,
): boolean => {
  const age = currentAge(stored, now);
  const left = stored.lifetime - age;
  if (stored.noCache || request.noStore || insistsOnNewer(request, age, left)) return false;
  return left > 0 || (!stored.mustRevalidate && -left < stored.staleIfError);
};

/** `max-age=0` means "validate", also for an answer that came in this very millisecond. */
const insistsOnNewer = (
  { noCache, maxAge, minFresh }: RequestDirectives,
  age: number,
  left: number,
): boolean =>
  noCache ||
  (maxAge !== undefined && (age > maxAge || maxAge === 0)) ||
  (minFresh !== undefined && (left < minFresh || left <= 0));
