import { between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { httpDate } from './timestamp.ts';

/** No answer may silence us for longer than this, whatever it says. */
const LONGEST_RETRY_AFTER: Milliseconds = seconds(3600);
/**
 * `Expires` is a caching header first: a far date in it is hardly meant as a pause. CM means a minute (docs/adobe.md
 * §5).
 */
const LONGEST_EXPIRES: Milliseconds = seconds(300);

export interface PauseHeaders {
  readonly 'retry-after'?: string | undefined;
  readonly expires?: string | undefined;
  readonly date?: string | undefined;
}

/**
 * How long an answer asks us to stay away: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), else, for a 429,
 * `Expires` (docs/adobe.md §5). Dates are measured against the answer's own `Date`, so that a wrong clock here does not
 * matter.
 * `undefined` when it asks nothing that makes sense: negative, in the past, not a number. Bounded to an hour.
 */
export function pauseAskedFor(status: number, headers: PauseHeaders, now: EpochMs): Milliseconds | undefined {
  const serverNow = httpDate(headers.date) ?? now;
  const asked = deltaSeconds(headers['retry-after']) ?? until(headers['retry-after'], serverNow);
  if (asked !== undefined) return bounded(asked, LONGEST_RETRY_AFTER);
  const expires = status === 429 ? until(headers.expires, serverNow) : undefined;
  return expires === undefined ? undefined : bounded(expires, LONGEST_EXPIRES);
}

function deltaSeconds(value: string | undefined): Milliseconds | undefined {
  // Fractions are not in the grammar, but seen in the wild and clear.
  return value !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(value) ? seconds(Number(value)) : undefined;
}

function until(value: string | undefined, serverNow: EpochMs): Milliseconds | undefined {
  const date = httpDate(value);
  return date === undefined || date <= serverNow ? undefined : between(serverNow, date);
}

const bounded = (asked: Milliseconds, longest: Milliseconds): Milliseconds =>
  milliseconds(Math.min(asked, longest));
