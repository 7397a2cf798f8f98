import { between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../base/units.ts';
import { type HeaderLookup, trimmed } from './fields.ts';
import { parseHttpDate } from './http-date.ts';

/** No answer may silence us for longer than this, whatever it says. */
const LONGEST: Milliseconds = seconds(3600);
/** `Expires` is a caching field first: a far date in it is hardly meant as a pause. */
const LONGEST_EXPIRES: Milliseconds = seconds(300);

/** Fractions are not in the grammar, but seen in the wild and clear. */
const DELTA = /^\d+(\.\d+)?$/;

/**
 * How long an answer asks to be left alone: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), else, for a 429,
 * `Expires`, as Adobe's session API has it. Dates are measured against the answer's own `Date`, so that a clock that is
 * off on either side does no harm. Bounded to an hour.
 * @returns `undefined` when it asks nothing that makes sense: negative, in the past, not a number.
 */
export const pauseAskedFor = (
  status: number,
  headers: HeaderLookup,
  now: EpochMs,
): Milliseconds | undefined => {
  const serverNow = parseHttpDate(headers('date') ?? '', now) ?? now;
  const until = (field: string): Milliseconds | undefined => {
    const date = parseHttpDate(trimmed(headers(field) ?? ''), now);
    return date === undefined || date <= serverNow ? undefined : between(serverNow, date);
  };
  const text = trimmed(headers('retry-after') ?? '');
  const asked = DELTA.test(text) ? seconds(Number(text)) : until('retry-after');
  if (asked !== undefined) return milliseconds(Math.min(asked, LONGEST));
  const expires = status === 429 ? until('expires') : undefined;
  return expires && milliseconds(Math.min(expires, LONGEST_EXPIRES));
};
