import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { type Finding, inSeconds, type Say } from './finding.ts';

/** Whoever started a check sits before it. */
const LONGEST: Milliseconds = seconds(180);
const MOST_PAUSES = 5;

/** Resolves after the time, or when the signal aborts. */
export type Wait = (time: Milliseconds, signal: AbortSignal) => Promise<void>;

/** What a check waits for in all, where Adobe asks it to pause (429). */
export class Patience {
  readonly #wait: Wait;
  readonly #stopping: AbortSignal;
  #left: Milliseconds = LONGEST;
  #pauses = 0;

  constructor(wait: Wait, stopping: AbortSignal) {
    this.#wait = wait;
    this.#stopping = stopping;
  }

  /** Waits a pause out, and says so. @returns `false`, at once, if there is no patience left for it */
  async outlasts(pause: Milliseconds, step: Finding['step'], say: Say): Promise<boolean> {
    if (pause > this.#left || this.#pauses === MOST_PAUSES || this.#stopping.aborted) return false;
    this.#left = milliseconds(this.#left - pause);
    this.#pauses++;
    say({ step, outcome: 'worth knowing', text: `throttled (429): waiting ${inSeconds(pause)}` });
    await this.#wait(pause, this.#stopping);
    return !this.#stopping.aborted;
  }
}
