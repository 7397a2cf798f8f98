import type { Effects } from '../../base/effects.ts';
import { TokenBucket } from '../../base/token-bucket.ts';
import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
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

/** A budget of this process alone. */
export function createTokenBucket(effects: Effects): DcrBudget {
  const { burst, interval, longestWait } = DEFAULT_BUCKET;
  const bucket = new TokenBucket(seconds(1) / interval, burst);
  return {
    async acquire(signal) {
      if (signal.aborted) throw abortedError(signal);
      const wait = bucket.take(effects.now(), longestWait);
      if (wait > longestWait) throw exhausted(wait);
      if (wait > 0) await waitFor(effects, wait, signal);
    },
    throttled: (pause) => bucket.pause(effects.now(), pause),
  };
}

export const exhausted = (retryAfter: Milliseconds): DcrError =>
  new DcrError('budget_exhausted', 'The DCR calls that Adobe allows are used up', { retryAfter });
