import type { Effects } from '../../base/effects.ts';
import { after, between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { THROTTLE_BURST, THROTTLE_INTERVAL } from './adobe.ts';
import { DcrError } from './dcr-error.ts';
import { abortedError, waitFor } from './deadline.ts';

/** Leave to make DCR calls. One budget is shared by everything that calls from the same address. */
export interface DcrBudget {
  /**
   * Resolves when one call may be made.
   * @throws {DcrError} `budget_exhausted` (with `retryAfter`) when the wait would be long, or `aborted`
   */
  acquire(signal: AbortSignal): Promise<void>;
  /** The server throttled all the same: no call from now on for `pause`, and no burst after it. */
  throttled(pause: Milliseconds): void;
}

export const DEFAULT_BUCKET = {
  burst: THROTTLE_BURST,
  /** Somewhat slower than allowed: calls that leave a second apart may arrive nearer to each other. */
  interval: milliseconds(THROTTLE_INTERVAL * 1.05),
  /** Whoever would have to wait longer is refused instead. */
  longestWait: seconds(5),
};

export type TokenBucketOptions = Readonly<typeof DEFAULT_BUCKET>;

/** A token bucket, kept as one number (the GCRA's "theoretical arrival time"): when it will be full. */
export function createTokenBucket(effects: Effects, options: TokenBucketOptions = DEFAULT_BUCKET): DcrBudget {
  const { burst, interval, longestWait } = options;
  /** From empty to one call short of full. */
  const refill = milliseconds((burst - 1) * interval);
  let fullAt: EpochMs = effects.now();

  const read = (): EpochMs => {
    const now = effects.now();
    if (fullAt < now) fullAt = now;
    return now;
  };

  return {
    async acquire(signal) {
      if (signal.aborted) throw abortedError(signal);
      const now = read();
      const wait = milliseconds(between(now, fullAt) - refill);
      if (wait > longestWait) throw exhausted(wait);
      fullAt = after(fullAt, interval);
      if (wait > 0) await waitFor(effects, wait, signal);
    },
    throttled(pauseFor) {
      const emptyUntil = after(after(read(), pauseFor), refill);
      if (fullAt < emptyUntil) fullAt = emptyUntil;
    },
  };
}

export const exhausted = (retryAfter: Milliseconds): DcrError =>
  new DcrError('budget_exhausted', 'The DCR calls that Adobe allows are used up', { retryAfter });
