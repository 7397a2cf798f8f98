import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { DcrError } from '../protocol/dcr-error.ts';
import { type BackoffPolicy, backoff, DEFAULT_BACKOFF } from '../token/backoff.ts';

export interface FleetPolicy {
  /** Replicas that call from the same address, at most: while the shared store is away, each keeps to its share. */
  readonly replicas: number;
  /** How often the holder of the lease renews it: well under half of what a lease lasts. */
  readonly renewEvery: Milliseconds;
  /** Those who wait look for themselves so often at the latest, should a notification get lost. */
  readonly pollEvery: Milliseconds;
  /** How often a store that does not answer is asked again while this replica waits for its moment alone. */
  readonly retryEvery: Milliseconds;
  readonly backoff: BackoffPolicy;
  /** A failure that only a person can heal is not repeated by another replica for so long. */
  readonly terminalPause: Milliseconds;
}

export const DEFAULT_FLEET: Omit<FleetPolicy, 'replicas'> = {
  renewEvery: milliseconds(1500),
  pollEvery: seconds(1),
  retryEvery: seconds(2),
  backoff: DEFAULT_BACKOFF,
  terminalPause: seconds(60),
};

/**
 * How long the fleet is spared a failure.
 * @param failures attempts of the fleet that failed in a row before
 * @param random in [0, 1)
 */
export function pauseAfter(
  error: DcrError,
  failures: number,
  random: number,
  policy: FleetPolicy,
): Milliseconds {
  const pause = error.retryable ? backoff(failures, random, policy.backoff) : policy.terminalPause;
  return milliseconds((error.retryAfter ?? 0) + pause);
}

/** Longer by up to a half, by chance: replicas that were told the same do not come back at the same moment. */
export const spreadOut = (span: Milliseconds, random: number): Milliseconds =>
  milliseconds(Math.round(span * (1 + 0.5 * random)));
