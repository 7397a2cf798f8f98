import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { DcrError, DcrErrorCode } from '../protocol/dcr-error.ts';

/** Upper bound of the first wait; it doubles with each failure in a row. */
const BASE: Milliseconds = seconds(1);
/** Upper bound of any wait that nobody asked for. */
const CAP: Milliseconds = seconds(60);
/** Least wait: full jitter may draw zero, and a loop must never be tight. */
const FLOOR: Milliseconds = milliseconds(100);
/** Mean wait after a failure that only a person can heal. */
const TERMINAL: Milliseconds = seconds(15 * 60);
/** Mean waits before that, where Adobe's servers may not know a new application yet (docs/adobe.md §3). */
const SPREADING: readonly Milliseconds[] = [15, 30, 45, 60].map(seconds);

/**
 * Exponential back-off with full jitter (Brooker, "Exponential Backoff And Jitter"): uniform between the floor and
 * `base · 2^(attempt)`, capped.
 * @param attempt 0 for the first wait.
 */
export function backoff(attempt: number, random: number): Milliseconds {
  const bound = Math.min(CAP, BASE * 2 ** Math.min(attempt, 32));
  return milliseconds(Math.max(FLOOR, Math.round(bound * random)));
}

/**
 * A pause that the server asked for is a floor, with the jitter on top: all who were told the same must not return at
 * once.
 * @param failures failed attempts in a row, this one included.
 */
export function delayAfterFailure(error: DcrError, failures: number, random: number): Milliseconds {
  const asked = error.retryAfter ?? 0;
  if (error.retryable) return milliseconds(asked + backoff(failures - 1, random));
  const soon = MAY_SPREAD.has(error.code) ? SPREADING[failures - 1] : undefined;
  return milliseconds(Math.max(asked, Math.round((soon ?? TERMINAL) * (0.75 + 0.5 * random))));
}

/** What a server says of an application that it does not know yet. */
const MAY_SPREAD: ReadonlySet<DcrErrorCode> = new Set([
  'invalid_software_statement',
  'unapproved_software_statement',
]);

/**
 * After the API refused a token. A first refusal may be a revocation: no wait. A second in a row means that new tokens
 * are refused too: fetching one for every caller would help nobody.
 * @param rejections tokens in a row that were refused soon after they were issued, this one included.
 */
export const delayAfterRejection = (rejections: number, random: number): Milliseconds =>
  rejections <= 1 ? milliseconds(0) : backoff(rejections - 2, random);
