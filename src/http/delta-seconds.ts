import { type Milliseconds, seconds } from '../base/units.ts';

/**
 * A `delta-seconds` argument as found: a time, or `'invalid'` when it was written but is no number (absent is
 * `undefined`). RFC 9111 §4.2.1 encourages caches to hold an answer with invalid freshness for stale.
 */
export type DeltaSeconds = Milliseconds | 'invalid';

/** RFC 9111 §1.2.2: a larger number than a cache can hold counts as 2^31 seconds. */
const MOST_SECONDS = 2 ** 31;

/** The longest time that a directive can tell: 68 years. */
export const LONGEST: Milliseconds = seconds(MOST_SECONDS);

/**
 * Reads `delta-seconds` (RFC 9111 §1.2.2): digits only; more than 2^31 counts as 2^31.
 * @returns `'invalid'` for anything else, the empty text included.
 */
export const parseDeltaSeconds = (text: string): DeltaSeconds =>
  /^\d+$/.test(text) ? seconds(Math.min(Number(text), MOST_SECONDS)) : 'invalid';
