import { type EpochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import { parseDeltaSeconds } from '../../http/delta-seconds.ts';
import { type HeaderLookup, trimmed } from '../../http/fields.ts';
import { parseHttpDate } from '../../http/http-date.ts';

/** The head of an answer, and the time that it took. */
export interface ReceivedHead {
  readonly status: number;
  readonly headers: HeaderLookup;
  /** When the request left and when the head came (RFC 9111 §4.2.3 `request_time`, `response_time`). */
  readonly requestTime: EpochMs;
  readonly responseTime: EpochMs;
}

/**
 * Reads `Age` (RFC 9111 §5.1): the first member of a list counts, a parameter is dropped.
 * @returns 0 when the field is absent or no number: such a field is to be ignored.
 */
export const parseAge = (age: string | undefined): Milliseconds => {
  const [first = ''] = (age ?? '').split(/[,;]/, 1);
  const value = parseDeltaSeconds(trimmed(first));
  return value === 'invalid' ? milliseconds(0) : value;
};

/**
 * RFC 9111 §4.2.3 `corrected_initial_age`: the greater of what `Age` tells plus the delay of the answer, and of the
 * time since `Date`.
 * @param trustDate false leaves `Date` out: with a lifetime that the origin did not choose, a wrong clock there must
 *   not shorten it.
 */
export const initialAgeOf = (
  { headers, requestTime, responseTime }: Omit<ReceivedHead, 'status'>,
  trustDate: boolean,
): Milliseconds => {
  const delay = Math.max(0, responseTime - requestTime);
  const corrected = parseAge(headers('age')) + delay;
  if (!trustDate) return milliseconds(corrected);
  const date = parseHttpDate(headers('date') ?? '', responseTime);
  const apparent = date === undefined ? 0 : Math.max(0, responseTime - date);
  return milliseconds(Math.max(apparent, corrected));
};
