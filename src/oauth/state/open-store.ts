import { asError } from '../../base/error-code.ts';
import {
  type CredentialStore,
  type StateBinding,
  type StoredState,
  sameBinding,
} from './credential-store.ts';
import { FileStore, type FileStoreOptions } from './file-store.ts';
import { StateLockedError } from './state-codec.ts';

export interface OpenedStore {
  readonly store: CredentialStore;
  readonly kind: 'file' | 'memory';
  /** Why it is not the file; a person should be told, because every restart then registers anew. */
  readonly problem?: Error;
}

/**
 * The file store where its folder can be written, else one that lives in memory. A folder that can be read only still
 * serves what it holds.
 * @throws {StateLockedError} when none of our keys opens what is there. Working from memory instead would register anew
 *   at every start, and let a rollout with a wrong key go on; refusing ends it at the first instance.
 */
export async function openCredentialStore(options: FileStoreOptions): Promise<OpenedStore> {
  const store = new FileStore(options);
  try {
    await store.probe();
    return { store, kind: 'file' };
  } catch (error) {
    if (error instanceof StateLockedError) throw error;
    return { store: createMemoryStore(store), kind: 'memory', problem: asError(error) };
  }
}

/** For where nothing can be written. @param before has what an earlier process has kept */
export function createMemoryStore(before?: Pick<CredentialStore, 'load'>): CredentialStore {
  let stored: { readonly binding: StateBinding; readonly state: StoredState } | undefined;
  return {
    load: async (binding) => {
      if (stored === undefined) return (await before?.load(binding)) ?? { outcome: 'absent' };
      if (sameBinding(stored.binding, binding)) return { outcome: 'found', state: stored.state };
      stored = undefined;
      return { outcome: 'set-aside', reason: 'foreign' };
    },
    save: async (binding, state) => {
      stored = { binding, state };
    },
  };
}
