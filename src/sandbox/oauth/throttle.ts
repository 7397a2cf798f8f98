/** The DCR throttle's token bucket (docs/adobe.md §5). */
export interface ThrottleRate {
  readonly ratePerSecond: number;
  /** Requests that a caller may make at once before the rate applies. */
  readonly burst: number;
}

export const ADOBE_THROTTLE: ThrottleRate = { ratePerSecond: 1, burst: 10 };

const MOST_CALLERS = 10_000;

/** A token bucket for each caller. Time comes in from outside. */
export class Throttle {
  #rate: ThrottleRate | false;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(rate: ThrottleRate | false) {
    this.#rate = rate;
  }

  get rate(): ThrottleRate | false {
    return this.#rate;
  }

  /** Sets another rate; every caller begins with a full burst again. */
  set(rate: ThrottleRate | false): void {
    this.#rate = rate;
    this.#buckets.clear();
  }

  /**
   * Takes one request of `caller`.
   * @param now epoch milliseconds.
   * @returns false when it is over the rate.
   */
  admit(caller: string, now: number): boolean {
    if (this.#rate === false) return true;
    const { ratePerSecond, burst } = this.#rate;
    const known = this.#buckets.get(caller);
    const elapsed = known === undefined ? 0 : Math.max(0, now - known.at);
    const tokens =
      known === undefined ? burst : Math.min(burst, known.tokens + (elapsed / 1000) * ratePerSecond);
    const admitted = tokens >= 1;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: admitted ? tokens - 1 : tokens, at: now });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MOST_CALLERS) break;
      this.#buckets.delete(oldest);
    }
    return admitted;
  }
}

/** The caller as Adobe's edge sees it: the first address of `X-Forwarded-For`, else the connection's. */
export const callerOf = (forwardedFor: string | undefined, address: string | undefined): string =>
  forwardedFor?.split(',')[0]?.trim() || (address ?? 'unknown');
