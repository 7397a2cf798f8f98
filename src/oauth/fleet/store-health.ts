import type { Effects } from '../../base/effects.ts';
import { SharedStoreError } from '../../redis/redis-link.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import { RENEW_EVERY } from './fleet-policy.ts';
import type { FleetStore, Lease } from './redis-fleet-store.ts';

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

/** Renews a lease until what is returned is called. Should it end, the fence guards what its holder writes. */
export function keepRenewing(
  fleet: FleetStore,
  lease: Lease,
  effects: Effects,
  health: StoreHealth,
): () => void {
  let cancel = () => {};
  const plan = () => {
    cancel = effects.setTimer(RENEW_EVERY, () => {
      plan();
      fleet.renew(lease).catch((error: unknown) => health.failed(error));
    });
  };
  plan();
  return () => cancel();
}
