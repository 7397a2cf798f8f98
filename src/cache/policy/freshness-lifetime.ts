import { type EpochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import { type HeaderLookup, trimmed } from '../../http/fields.ts';
import { parseHttpDate } from '../../http/http-date.ts';
import { type DeltaSeconds, parseDeltaSeconds, type ResponseDirectives } from './cache-control.ts';
import type { StoredFreshness } from './stored-freshness.ts';

export interface ReceivedHead {
  readonly status: number;
  readonly headers: HeaderLookup;
  /** When the request left and when the head came (RFC 9111 §4.2.3 `request_time`, `response_time`). */
  readonly requestTime: EpochMs;
  readonly responseTime: EpochMs;
}

/** Where a lifetime comes from when the answer tells none. */
export type LifetimeFallback =
  /** A lifetime known beforehand (`freshness.ts`). `Date` and `Last-Modified` do not shorten or lengthen it. */
  | { readonly by: 'schedule'; readonly ttl: Milliseconds }
  /** RFC 9111 §4.2.2: this fraction of the time since `Last-Modified`, at most `most`. */
  | { readonly by: 'heuristic'; readonly fraction: number; readonly most: Milliseconds };

const ZERO = milliseconds(0);

/**
 * Counted as age: the first that there is of `s-maxage`, `max-age` and `Expires` (RFC 9111 §4.2.1), else the fallback.
 * Freshness that cannot be read means "stale" to a cache that has only the origin's word; a schedule takes its place.
 */
export const lifetimeOf = (
  head: DatedHead,
  directives: ResponseDirectives,
  fallback: LifetimeFallback,
): Pick<StoredFreshness, 'lifetime' | 'basis'> => {
  const said = [
    ['s-maxage', directives.sMaxage],
    ['max-age', directives.maxAge],
    ['expires', directives.targeted ? undefined : untilExpires(head)],
  ] as const;
  for (const [basis, delta] of said) {
    if (delta === undefined || (delta === 'invalid' && fallback.by === 'schedule')) continue;
    return { lifetime: delta === 'invalid' ? ZERO : delta, basis };
  }
  if (fallback.by === 'schedule') return { lifetime: fallback.ttl, basis: 'schedule' };
  // RFC 9111 §4.2.2: for statuses that are cacheable by default or `public`.
  const mayGuess = directives.public || isHeuristicallyCacheable(head.status);
  const guess = mayGuess ? sinceModified(head) * fallback.fraction : 0;
  if (guess <= 0) return { lifetime: ZERO, basis: 'none' };
  return { lifetime: milliseconds(Math.min(Math.floor(guess), fallback.most)), basis: 'heuristic' };
};

type DatedHead = Omit<ReceivedHead, 'requestTime'>;

const dateIn = ({ headers, responseTime }: DatedHead, field: string): EpochMs | undefined =>
  parseHttpDate(headers(field) ?? '', responseTime);

/** `Date`, or when the answer came if that cannot be read. */
const dateOf = (head: DatedHead): EpochMs => dateIn(head, 'date') ?? head.responseTime;

const untilExpires = (head: DatedHead): DeltaSeconds | undefined => {
  if (head.headers('expires') === undefined) return undefined;
  const expires = dateIn(head, 'expires');
  return expires === undefined ? 'invalid' : milliseconds(Math.max(0, expires - dateOf(head)));
};

const sinceModified = (head: DatedHead): number => {
  const date = dateOf(head);
  return date - (dateIn(head, 'last-modified') ?? date);
};

/** RFC 9110 §15.1, without 206: statuses that may be stored without explicit freshness ("heuristically cacheable"). */
export const isHeuristicallyCacheable = (status: number): boolean => CACHEABLE.has(status);

const CACHEABLE = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/** `Age` (RFC 9111 §5.1): of a list the first member, without parameters; 0 for what is to be ignored. */
export const parseAge = (age: string | undefined): Milliseconds => {
  const [first = ''] = (age ?? '').split(/[,;]/, 1);
  const value = parseDeltaSeconds(trimmed(first));
  return value === 'invalid' ? milliseconds(0) : value;
};

/**
 * RFC 9111 §4.2.3 `corrected_initial_age`.
 * @param trustDate false leaves `Date` out: a wrong clock must not shorten a lifetime that the origin did not choose
 */
export const initialAgeOf = (head: Omit<ReceivedHead, 'status'>, trustDate: boolean): Milliseconds => {
  const { headers, requestTime, responseTime } = head;
  const corrected = parseAge(headers('age')) + Math.max(0, responseTime - requestTime);
  const date = trustDate ? parseHttpDate(headers('date') ?? '', responseTime) : undefined;
  return milliseconds(Math.max(corrected, responseTime - (date ?? responseTime)));
};
