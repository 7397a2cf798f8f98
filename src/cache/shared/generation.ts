import { randomUUID } from 'node:crypto';
import type { Effects } from '../../base/effects.ts';
import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import { GENERATION, PURGE } from './shared-report-scripts.ts';

/** A notification may get lost, and the store may forget: all look so often. */
const LOOK_EVERY: Milliseconds = seconds(60);
const LOOK_AFTER_MESSAGE: Milliseconds = milliseconds(20);

/** To purge is to begin another generation: what belongs to the last cannot be found any more, and ends by itself. */
export class Generation {
  readonly #link: RedisLink;
  readonly #effects: Effects;
  readonly #key: string;
  readonly #channel: string;
  #current: string | undefined;
  /** A purge that has not reached the store. */
  #owed = false;
  #cancelLook = () => {};
  #looksSoon = false;
  readonly #unwatch: () => void;

  constructor(link: RedisLink, prefix: string, effects: Effects) {
    this.#link = link;
    this.#effects = effects;
    this.#key = `${prefix}:{reports}:generation`;
    this.#channel = `${prefix}:{reports}:purged`;
    this.#unwatch = link.watch(this.#channel, (change) => {
      if (change === 'reachable') void this.#settle();
      // Once for all messages that come together: anybody may send them, a thousand a second.
      if (change !== 'changed' || this.#looksSoon) return;
      this.#lookIn(LOOK_AFTER_MESSAGE);
      this.#looksSoon = true;
    });
    void this.#settle();
  }

  /** `undefined` while it is not known: nothing may be taken from the store then. */
  get current(): string | undefined {
    return this.#owed ? undefined : this.#current;
  }

  /**
   * Begins another one, for all replicas. @returns whether the store knows; if not, it is told as soon as it can be
   * reached, and not used before
   */
  async purge(): Promise<boolean> {
    this.#owed = true;
    await this.#settle();
    return !this.#owed;
  }

  close(): void {
    this.#cancelLook();
    this.#unwatch();
  }

  async #settle(): Promise<void> {
    this.#looksSoon = false;
    this.#lookIn(milliseconds(LOOK_EVERY * (0.75 + this.#effects.random() / 2)));
    const script = this.#owed ? PURGE : GENERATION;
    try {
      const current = await this.#link.run(script, [this.#key], [randomUUID(), this.#channel]);
      if (script === PURGE) this.#owed = false;
      if (typeof current === 'string' && current !== '') this.#current = current;
    } catch {
      // The store is away: the next look, or its return, tries again. What is asked of it meanwhile fails by itself.
    }
  }

  #lookIn(pause: Milliseconds): void {
    this.#cancelLook();
    this.#cancelLook = this.#effects.setTimer(pause, () => void this.#settle());
  }
}
