import { type EpochMs, type Milliseconds, milliseconds } from '../base/units.ts';
import { parseDeltaSeconds } from '../cache/policy/cache-directives.ts';
import type { HeaderLookup } from './header-lookup.ts';
import { parseHttpDate } from './http-date.ts';

export interface CoolDownBounds {
  /** Shortest pause, also when the answer names none (`docs/adobe.md` §5: at least a second). */
  readonly floor: Milliseconds;
  /** Longest pause, so that a wild value does not take a route out of service for a day. */
  readonly cap: Milliseconds;
}

/**
 * How long to leave an upstream alone after a 429 or 503: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), else
 * `Expires` (Adobe's session API, `docs/adobe.md` §5), else the floor. Dates are taken against the answer's own `Date`,
 * so that a clock that is off on either side does no harm.
 */
export const coolDownOf = (headers: HeaderLookup, now: EpochMs, bounds: CoolDownBounds): Milliseconds => {
  const asked = retryAfter(headers, now) ?? untilDate(headers('expires'), headers, now) ?? 0;
  return milliseconds(Math.min(Math.max(asked, bounds.floor), Math.max(bounds.cap, bounds.floor)));
};

const retryAfter = (headers: HeaderLookup, now: EpochMs): number | undefined => {
  const text = headers('retry-after')?.trim();
  if (text === undefined) return undefined;
  const delta = parseDeltaSeconds(text);
  return delta === 'invalid' ? untilDate(text, headers, now) : delta;
};

const untilDate = (text: string | undefined, headers: HeaderLookup, now: EpochMs): number | undefined => {
  if (text === undefined) return undefined;
  const until = parseHttpDate(text, now);
  if (until === undefined) return undefined;
  return until - (parseHttpDate(headers('date') ?? '', now) ?? now);
};
