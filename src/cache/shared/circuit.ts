import { after, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';

export interface CircuitPolicy {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** How long nothing is tried then; doubled each time that the try after it fails. */
  readonly pause: Milliseconds;
  readonly longest: Milliseconds;
}

export const DEFAULT_CIRCUIT: CircuitPolicy = {
  failures: 3,
  pause: seconds(1),
  longest: seconds(30),
};

/**
 * Stops asking what does not answer: after some failures in a row one try is let through from time to time, until one
 * succeeds.
 */
export class Circuit {
  readonly #policy: CircuitPolicy;
  #failures = 0;
  #failedAt: EpochMs | undefined;
  #openUntil: EpochMs | undefined;

  constructor(policy: CircuitPolicy = DEFAULT_CIRCUIT) {
    this.#policy = policy;
  }

  /**
   * Whether to ask now. Where it says yes after a pause, it says no to everybody else until it is told how that went,
   * or the pause is over again.
   */
  allows(now: EpochMs): boolean {
    if (this.#openUntil === undefined) return true;
    // A clock that was set back must not keep it open for hours.
    const waits = now < this.#openUntil && this.#openUntil - now <= this.#policy.longest;
    if (waits) return false;
    this.#openUntil = after(now, this.#pause());
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#failedAt = undefined;
    this.#openUntil = undefined;
  }

  /** @param begunAt when it was asked: what began before the last failure was known is one with it */
  failed(now: EpochMs, begunAt: EpochMs = now): void {
    if (this.#failedAt !== undefined && begunAt < this.#failedAt) return;
    this.#failedAt = now;
    this.#failures += 1;
    if (this.#failures >= this.#policy.failures) this.#openUntil = after(now, this.#pause());
  }

  #pause(): Milliseconds {
    const { failures, pause, longest } = this.#policy;
    const doublings = Math.min(this.#failures - failures, 20);
    return milliseconds(Math.min(longest, pause * 2 ** Math.max(0, doublings)));
  }
}
