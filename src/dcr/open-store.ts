import type { CredentialStore } from './credential-store.ts';
import { createFileStore, type FileStoreOptions } from './file-store.ts';
import { createMemoryStore } from './memory-store.ts';

export interface OpenedStore {
  readonly store: CredentialStore;
  readonly kind: 'file' | 'memory';
  /** Why it is not the file; a person should be told, because every restart then registers anew. */
  readonly problem?: Error;
}

/**
 * The file store where its folder can be written, else one that lives in memory. A folder that can be read only still
 * serves what it holds.
 */
export async function openCredentialStore(options: FileStoreOptions): Promise<OpenedStore> {
  const file = createFileStore(options);
  try {
    await probe(options);
    return { store: file, kind: 'file' };
  } catch (error) {
    const memory = createMemoryStore();
    let saved = false;
    const store: CredentialStore = {
      load: (binding) => (saved ? memory : file).load(binding),
      save: (binding, state) => {
        saved = true;
        return memory.save(binding, state);
      },
    };
    return { store, kind: 'memory', problem: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Takes the steps that a save takes, on a file of its own. */
async function probe({ folder, name, fs, effects }: FileStoreOptions): Promise<void> {
  await fs.makeFolder(folder);
  const path = `${folder}/${name}.json.${Math.floor(effects.random() * 2 ** 32).toString(16)}.tmp`;
  const handle = await fs.create(path);
  try {
    await handle.close();
  } finally {
    await fs.remove(path);
  }
}
