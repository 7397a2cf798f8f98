import type { EpochMs } from '../../base/units.ts';
import type { RequestDirectives } from './cache-control.ts';
import { NO_REQUEST_DIRECTIVES } from './cache-control.ts';
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

/** RFC 9111 §4, §5.2.1: how a stored answer may be used for a request at `now`. Allocates nothing. */
export const decideReuse = (stored: StoredFreshness, request: RequestDirectives, now: EpochMs): Reuse => {
  const age = currentAge(stored, now);
  const left = stored.lifetime - age;
  // The common request asks for nothing: one comparison decides.
  if (request === NO_REQUEST_DIRECTIVES) {
    if (stored.noCache) return 'revalidate-stale';
    if (left > 0) return 'fresh';
    return mayRevalidateBehind(stored, left) ? 'stale-while-revalidate' : 'revalidate-stale';
  }
  if (request.noStore) return request.onlyIfCached ? 'gateway-timeout' : 'bypass';
  const verdict = verdictOn(stored, request, age, left);
  if (verdict === 'revalidate-request' && now - stored.responseTime < request.newEnough) return 'fresh';
  const forwards = verdict === 'revalidate-stale' || verdict === 'revalidate-request';
  return forwards && request.onlyIfCached ? 'gateway-timeout' : verdict;
};

/**
 * RFC 5861 §4: whether a stored answer may stand in for an upstream that failed (5xx, time-out, connection lost).
 * A request that insisted on a new answer (`no-cache`, `max-age`, `min-fresh` not met) gets the failure instead.
 */
export const mayServeOnError = (
  stored: StoredFreshness,
  request: RequestDirectives,
  now: EpochMs,
): boolean => {
  if (stored.noCache || request.noCache || request.noStore) return false;
  const age = currentAge(stored, now);
  if (request.maxAge !== undefined && exceedsMaxAge(age, request.maxAge)) return false;
  const left = stored.lifetime - age;
  if (request.minFresh !== undefined && left < request.minFresh) return false;
  return left > 0 || (!stored.mustRevalidate && -left < stored.staleIfError);
};

const verdictOn = (stored: StoredFreshness, request: RequestDirectives, age: number, left: number): Reuse => {
  const { maxAge, minFresh, maxStale } = request;
  if (left <= 0 || stored.noCache) {
    // Stale anyway: only now do the request's own wishes tell nothing new, save `max-stale`.
    if (stored.noCache || request.noCache || minFresh !== undefined) return 'revalidate-stale';
    if (maxAge !== undefined && exceedsMaxAge(age, maxAge)) return 'revalidate-stale';
    if (mayRevalidateBehind(stored, left)) return 'stale-while-revalidate';
    if (maxStale !== undefined && !stored.mustRevalidate && -left <= maxStale) return 'stale-allowed';
    return 'revalidate-stale';
  }
  if (request.noCache) return 'revalidate-request';
  if (maxAge !== undefined && exceedsMaxAge(age, maxAge)) return 'revalidate-request';
  if (minFresh !== undefined && left < minFresh) return 'revalidate-request';
  return 'fresh';
};

/** `max-age=0` means "validate", also for an answer that came in this very millisecond. */
const exceedsMaxAge = (age: number, maxAge: number): boolean => age > maxAge || maxAge === 0;

const mayRevalidateBehind = (stored: StoredFreshness, left: number): boolean =>
  !stored.mustRevalidate && -left < stored.staleWhileRevalidate;
