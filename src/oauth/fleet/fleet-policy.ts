import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { DcrError } from '../protocol/dcr-error.ts';
import { backoff, DEFAULT_BACKOFF } from '../token/backoff.ts';

/** How often the holder of the lease renews it: well under half of what a lease lasts. */
export const RENEW_EVERY: Milliseconds = milliseconds(1500);
/** Those who wait look for themselves so often at the latest, should a notification get lost. */
export const POLL_EVERY: Milliseconds = seconds(1);
/** How often a store that does not answer is asked again while a replica waits for its moment alone. */
export const RETRY_EVERY: Milliseconds = seconds(2);
/** A failure that only a person can heal is not repeated by another replica for so long. */
const TERMINAL_PAUSE: Milliseconds = seconds(60);

/**
 * How long the fleet is spared a failure.
 * @param failures attempts of the fleet that failed in a row before
 * @param random in [0, 1)
 */
export function pauseAfter(error: DcrError, failures: number, random: number): Milliseconds {
  const pause = error.retryable ? backoff(failures, random, DEFAULT_BACKOFF) : TERMINAL_PAUSE;
  return milliseconds((error.retryAfter ?? 0) + pause);
}

/** Longer by up to a half, by chance: replicas that were told the same do not come back at the same moment. */
export const spreadOut = (span: Milliseconds, random: number): Milliseconds =>
  milliseconds(Math.round(span * (1 + 0.5 * random)));
