import { after, type EpochMs, epochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';

/** So many failures in a row open it. */
const MOST_FAILURES = 3;
/** How long nothing is tried then; doubled each time that the try after it fails. */
const FIRST_PAUSE = seconds(1);
const LONGEST_PAUSE = seconds(30);

/** Stops asking what does not answer: one try is let through from time to time, until one succeeds. */
export class Circuit {
  #failures = 0;
  #failedAt = epochMs(0);
  #openUntil = epochMs(0);

  /** After a pause yes to one, and no to everybody else until it is told how that went, or after another pause. */
  allows(now: EpochMs): boolean {
    if (this.#failures < MOST_FAILURES) return true;
    if (now < this.#openUntil) return false;
    this.#openUntil = after(now, this.#pause());
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#failedAt = epochMs(0);
  }

  /** @param begunAt when it was asked: what began before the last failure was known is one with it */
  failed(now: EpochMs, begunAt: EpochMs = now): void {
    if (begunAt < this.#failedAt) return;
    this.#failedAt = now;
    this.#failures += 1;
    this.#openUntil = after(now, this.#pause());
  }

  #pause(): Milliseconds {
    const doublings = Math.max(0, Math.min(this.#failures - MOST_FAILURES, 20));
    return milliseconds(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** doublings));
  }
}
