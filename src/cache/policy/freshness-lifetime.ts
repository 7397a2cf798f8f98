import { type EpochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { DeltaSeconds } from '../../http/delta-seconds.ts';
import { parseHttpDate } from '../../http/http-date.ts';
import { isHeuristicallyCacheable } from '../../http/status-codes.ts';
import type { ReceivedHead } from './age.ts';
import type { ResponseDirectives } from './cache-control.ts';
import type { StoredFreshness } from './stored-freshness.ts';

/** Where a lifetime comes from when the answer tells none. */
export type LifetimeFallback =
  /** A lifetime known beforehand (`freshness.ts`). `Date` and `Last-Modified` do not shorten or lengthen it. */
  | { readonly by: 'schedule'; readonly ttl: Milliseconds }
  /** RFC 9111 §4.2.2: this fraction of the time since `Last-Modified`, at most `most`. */
  | { readonly by: 'heuristic'; readonly fraction: number; readonly most: Milliseconds };

/** The parts of an answer's head that tell a lifetime. */
export interface LifetimeFacts extends Omit<ReceivedHead, 'requestTime'> {
  readonly directives: ResponseDirectives;
  /** Whether the directives come from a targeted field: then `Expires` does not count (RFC 9213 §2.2). */
  readonly targeted: boolean;
}

const ZERO = milliseconds(0);

/**
 * How long an answer is fresh, counted as age: `s-maxage`, `max-age` or `Expires`, the first that there is (RFC 9111
 * §4.2.1), else the fallback. Freshness that is there but cannot be read means "stale" to a cache that has only the
 * origin's word; one with a schedule goes on to that.
 */
export const lifetimeOf = (
  facts: LifetimeFacts,
  fallback: LifetimeFallback,
): Pick<StoredFreshness, 'lifetime' | 'basis'> => {
  const unreadable = fallback.by === 'schedule' ? undefined : ZERO;
  const { sMaxage, maxAge } = facts.directives;
  const shared = readable(sMaxage, unreadable);
  if (shared !== undefined) return { lifetime: shared, basis: 's-maxage' };
  const direct = readable(maxAge, unreadable);
  if (direct !== undefined) return { lifetime: direct, basis: 'max-age' };
  const expires = facts.targeted ? undefined : untilExpires(facts, unreadable);
  if (expires !== undefined) return { lifetime: expires, basis: 'expires' };
  if (fallback.by === 'schedule') return { lifetime: fallback.ttl, basis: 'schedule' };
  const guess = heuristicLifetime(facts, fallback.fraction);
  if (guess === undefined) return { lifetime: ZERO, basis: 'none' };
  return { lifetime: milliseconds(Math.min(guess, fallback.most)), basis: 'heuristic' };
};

const readable = (
  delta: DeltaSeconds | undefined,
  unreadable: Milliseconds | undefined,
): Milliseconds | undefined => (delta === 'invalid' ? unreadable : delta);

/** `Date`, or when the answer came if that cannot be read. */
const dateOf = ({ headers, responseTime }: LifetimeFacts): EpochMs =>
  parseHttpDate(headers('date') ?? '', responseTime) ?? responseTime;

const untilExpires = (
  facts: LifetimeFacts,
  unreadable: Milliseconds | undefined,
): Milliseconds | undefined => {
  const text = facts.headers('expires');
  if (text === undefined) return undefined;
  const expires = parseHttpDate(text, facts.responseTime);
  return expires === undefined ? unreadable : milliseconds(Math.max(0, expires - dateOf(facts)));
};

/** RFC 9111 §4.2.2: for statuses that are cacheable by default or `public`. */
const heuristicLifetime = (facts: LifetimeFacts, fraction: number): number | undefined => {
  if (!facts.directives.public && !isHeuristicallyCacheable(facts.status)) return undefined;
  const lastModified = parseHttpDate(facts.headers('last-modified') ?? '', facts.responseTime);
  const date = dateOf(facts);
  return lastModified === undefined || lastModified >= date
    ? undefined
    : Math.floor((date - lastModified) * fraction);
};
