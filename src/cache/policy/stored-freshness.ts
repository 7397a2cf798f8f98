import { after, type EpochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { HeaderLookup } from '../../http/fields.ts';

/** Fixed when an answer is stored or validated, compared at each use. */
export interface StoredFreshness {
  /** When the answer's head came (RFC 9111 §4.2.3 `response_time`). */
  readonly responseTime: EpochMs;
  /** Its age at that time (`corrected_initial_age`). */
  readonly initialAge: Milliseconds;
  /** Age up to which it is fresh (`freshness_lifetime`). */
  readonly lifetime: Milliseconds;
  /** Where it comes from, in the order in which the sources are asked (RFC 9111 §4.2.1, §4.2.2). */
  readonly basis: 's-maxage' | 'max-age' | 'expires' | 'schedule' | 'heuristic' | 'none';
  /** Never to be reused without validation, however fresh (`no-cache`). */
  readonly noCache: boolean;
  /** Not to be used stale, whatever the request allows (`must-revalidate`, `proxy-revalidate`). */
  readonly mustRevalidate: boolean;
  /** How long past its lifetime it may be served while it is fetched anew. 0: not at all. */
  readonly staleWhileRevalidate: Milliseconds;
  /** How long past its lifetime it may be served when the upstream fails. 0: not at all. */
  readonly staleIfError: Milliseconds;
}

/** RFC 9111 §4.2.3 `current_age`. */
export const currentAge = (stored: StoredFreshness, now: EpochMs): Milliseconds =>
  milliseconds(stored.initialAge + Math.max(0, now - stored.responseTime));

/** Freshness left at `now`; negative once stale, by the time since (RFC 9211 §2.4 `ttl`). */
export const remainingFreshness = (stored: StoredFreshness, now: EpochMs): Milliseconds =>
  milliseconds(stored.lifetime - currentAge(stored, now));

export const freshUntil = (stored: StoredFreshness): EpochMs =>
  after(stored.responseTime, milliseconds(stored.lifetime - stored.initialAge));

/** From when on the answer can be of no use, save to be validated: neither fresh nor allowed to be served stale. */
export const usableUntil = (stored: StoredFreshness): EpochMs =>
  after(freshUntil(stored), milliseconds(Math.max(stored.staleWhileRevalidate, stored.staleIfError)));

/**
 * What a caller is told where the schedule decides, flat: the whole lifetime, of which `Age` tells how much is over
 * (RFC 9111 §4.2).
 * @param freshness `undefined` for an answer that is not to be stored
 */
export const toldFreshness = (
  freshness: Pick<StoredFreshness, 'basis' | 'lifetime'> | undefined,
  headers: HeaderLookup,
): readonly string[] => {
  if (headers('cache-control') !== undefined || headers('expires') !== undefined) return NOTHING;
  if (freshness === undefined) return NO_STORE;
  if (freshness.basis !== 'schedule') return NOTHING;
  return ['Cache-Control', `max-age=${Math.floor(freshness.lifetime / 1000)}`];
};

const NOTHING: readonly string[] = [];
const NO_STORE: readonly string[] = ['Cache-Control', 'no-store'];
