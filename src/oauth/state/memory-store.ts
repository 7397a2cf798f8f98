import {
  type CredentialStore,
  type StateBinding,
  type StoredState,
  sameBinding,
} from './credential-store.ts';

/** A store for where nothing can be written: it lives as long as the process. */
export function createMemoryStore(): CredentialStore {
  let stored: { readonly binding: StateBinding; readonly state: StoredState } | undefined;
  return {
    load: async (binding) => {
      if (stored === undefined) return { outcome: 'absent' };
      if (sameBinding(stored.binding, binding)) return { outcome: 'found', state: stored.state };
      stored = undefined;
      return { outcome: 'set-aside', reason: 'foreign' };
    },
    save: async (binding, state) => {
      stored = { binding, state };
    },
  };
}
