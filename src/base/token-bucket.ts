import { type EpochMs, type Milliseconds, milliseconds } from './units.ts';

/**
 * A bucket that gives so many a second, and after a pause those of two seconds at once; `undefined` for 0, no bound.
 * @param sharers each of whom has such a bucket, and a part of what it gives
 */
export const bucketOf = (perSecond: number, sharers = 1): TokenBucket | undefined => {
  if (perSecond === 0) return undefined;
  const share = perSecond / sharers;
  return new TokenBucket(share, Math.max(1, 2 * share));
};

/** Kept as one number (the "theoretical arrival time" of the GCRA): the moment at which it will be full. */
export class TokenBucket {
  readonly #interval: number;
  readonly #depth: number;
  #fullAt = Number.NEGATIVE_INFINITY;

  /** @param burst takings that may come at once when none came for long */
  constructor(perSecond: number, burst: number) {
    this.#interval = 1000 / perSecond;
    this.#depth = (burst - 1) * this.#interval;
  }

  /**
   * @param patience also takes one that there will be within it
   * @returns how long until there is one; it was taken unless that is longer than `patience`
   */
  take(now: EpochMs, patience = milliseconds(0)): Milliseconds {
    const fullAt = Math.max(this.#fullAt, now);
    const wait = Math.max(0, fullAt - now - this.#depth);
    if (wait <= patience) this.#fullAt = fullAt + this.#interval;
    return milliseconds(wait);
  }

  /** Gives none for so long, and no burst after it. */
  pause(now: EpochMs, time: Milliseconds): void {
    this.#fullAt = Math.max(this.#fullAt, now + time + this.#depth);
  }
}
