import type { Effects } from '../../src/base/effects.ts';
import { type EpochMs, epochMs, type Milliseconds, milliseconds } from '../../src/base/units.ts';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Lets everything run that waits for nothing but promises. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/**
 * The same where nothing but promises is at work: what is called back here comes after all of them (the queue of `process.nextTick` is looked at
 * when that of promises is empty), without a turn of the event loop, which costs more than most steps of a simulation.
 */
export const drained = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/**
 * Time that passes only when told to. Timers run on a clock of their own, as they do in reality: setting the wall clock does
 * not fire them. Starts well above zero.
 */
export class VirtualTime implements Effects {
  /** What `random` gives next; the last one repeats. */
  dice: number[] = [0.5];
  #wall: number;
  #running = 0;
  readonly #timers = new Set<Timer>();

  readonly #settle: () => Promise<void>;

  /** @param settle lets everything run that is due: `drained` where no sockets, files or threads are at work */
  constructor(start = Date.UTC(2024, 0, 1), settle = settled) {
    this.#wall = start;
    this.#settle = settle;
  }

  now = (): EpochMs => epochMs(this.#wall);

  random = (): number => (this.dice.length > 1 ? this.dice.shift() : this.dice[0]) ?? 0.5;

  setTimer = (delay: Milliseconds, callback: () => void): (() => void) => {
    const timer: Timer = { due: this.#running + Math.max(0, delay), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Timers that have not fired. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets `span` milliseconds pass, firing what becomes due on the way, in order. */
  async pass(span: number): Promise<void> {
    const end = this.#running + span;
    await this.#settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.due > end) break;
      this.#moveTo(next.due);
      this.#timers.delete(next);
      next.callback();
      await this.#settle();
    }
    this.#moveTo(end);
  }

  /** The timer that is due first; of several, the oldest. */
  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.due < first.due) first = timer;
    }
    return first;
  }

  /** Sets the wall clock, as an administrator or NTP does. */
  setClock(by: number): void {
    this.#wall += by;
  }

  #moveTo(running: number): void {
    this.#wall += running - this.#running;
    this.#running = running;
  }
}

export const ms = milliseconds;
