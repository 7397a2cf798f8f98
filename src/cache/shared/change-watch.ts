import type { Effects } from '../../base/effects.ts';
import type { Milliseconds } from '../../base/units.ts';

/** Somebody who waits for a change, and does not miss one that comes while he looks at the last. */
export class ChangeWatch {
  #change = Promise.withResolvers<void>();

  readonly tell = (): void => this.#change.resolve();

  /** Resolves with the next change since the last call, after `limit` at the latest, or when `signal` aborts. */
  async next(effects: Pick<Effects, 'setTimer'>, limit: Milliseconds, signal: AbortSignal): Promise<void> {
    const cancel = effects.setTimer(limit, this.tell);
    signal.addEventListener('abort', this.tell);
    if (signal.aborted) this.tell();
    await this.#change.promise;
    cancel();
    signal.removeEventListener('abort', this.tell);
    this.#change = Promise.withResolvers();
  }
}
