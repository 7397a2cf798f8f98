import { SharedStoreError } from '../../redis/shared-store-error.ts';
import type { CredentialStore } from '../state/credential-store.ts';
import type { FleetStore, Lease } from './fleet-store.ts';

/** The store of one replica: its own, in front of it what the fleet shares. */
export interface LeasedStore extends CredentialStore {
  /** From now until the returned function is called, new credentials are shared as the holder of this lease. */
  under(lease: Lease): () => void;
}

/**
 * Loads what the fleet has, else what this replica has kept itself: it may have lived through an outage of the shared
 * store. Credentials are shared the moment they exist, before they are used: whoever dies after that has registered
 * for all. The token is shared by whoever holds the lease, who must know whether that succeeded.
 */
export function createLeasedStore(own: CredentialStore, fleet: FleetStore): LeasedStore {
  let current: Lease | undefined;
  return {
    async load(binding) {
      try {
        const { state } = await fleet.read(binding);
        if (state !== undefined) return { outcome: 'found', state };
      } catch (error) {
        if (!(error instanceof SharedStoreError)) throw error;
      }
      return own.load(binding);
    },
    async save(binding, state) {
      const lease = state.token === undefined ? current : undefined;
      // A lease that was superseded or a store that is away shows when the token is shared.
      const shared = lease && fleet.save(lease, state).catch(() => {});
      await own.save(binding, state);
      await shared;
    },
    under(lease) {
      current = lease;
      return () => {
        if (current === lease) current = undefined;
      };
    },
  };
}
