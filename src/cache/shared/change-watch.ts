import type { Effects } from '../../base/effects.ts';
import type { Milliseconds } from '../../base/units.ts';

/** Somebody who waits for a change, and does not miss one that comes while he looks at the last. */
export class ChangeWatch {
  #changed = false;
  #wake = () => {};

  /** Something has changed. */
  readonly tell = (): void => {
    this.#changed = true;
    this.#wake();
  };

  /** Resolves with the next change since the last call, after `limit` at the latest, or when `signal` aborts. */
  next(effects: Pick<Effects, 'setTimer'>, limit: Milliseconds, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        signal.removeEventListener('abort', wake);
        this.#changed = false;
        this.#wake = () => {};
        resolve();
      };
      const cancel = effects.setTimer(limit, wake);
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      if (this.#changed || signal.aborted) wake();
    });
  }
}
