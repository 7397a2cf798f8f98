import { SharedStoreError } from '../../redis/redis-link.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';

/** Tells once when the shared store is lost, once when it is back, and once that somebody else writes there. */
export class StoreHealth {
  readonly #onEvent: DcrEventListener;
  #lost = false;
  #forged = false;

  constructor(onEvent: DcrEventListener) {
    this.#onEvent = onEvent;
  }

  failed(thrown: unknown): void {
    if (this.#lost) return;
    this.#lost = true;
    const error =
      thrown instanceof SharedStoreError ? thrown : new SharedStoreError('A call of the shared store failed');
    this.#onEvent({ event: 'shared-store-lost', error });
  }

  /** @throws `error` itself, if it is none of the store's */
  expect(error: unknown): void {
    if (!(error instanceof SharedStoreError)) throw error;
    this.failed(error);
  }

  forged(): void {
    if (!this.#forged) this.#onEvent({ event: 'shared-state-disbelieved' });
    this.#forged = true;
  }

  answers(): void {
    if (!this.#lost) return;
    this.#lost = false;
    this.#onEvent({ event: 'shared-store-recovered' });
  }
}
