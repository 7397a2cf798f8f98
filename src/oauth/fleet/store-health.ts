import { SharedStoreError } from '../../redis/shared-store-error.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';

/** Tells once when the shared store is lost, once when it is back, and once that somebody else writes there. */
export class StoreHealth {
  readonly #onEvent: DcrEventListener;
  #lost = false;
  #forged = false;

  constructor(onEvent: DcrEventListener) {
    this.#onEvent = onEvent;
  }

  failed(error: SharedStoreError): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#onEvent({ event: 'shared-store-lost', error });
  }

  /** @throws `error` itself, if it is none of the store's */
  expect(error: unknown): void {
    if (!(error instanceof SharedStoreError)) throw error;
    this.failed(error);
  }

  /** Something was there that is not believed. Told once, as it may come again and again. */
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
