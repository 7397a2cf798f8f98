import { asError } from '../../base/error-code.ts';
import type { CredentialStore } from './credential-store.ts';
import { createFileStore, type FileStoreOptions, MAX_STATE_BYTES, stateFileOf } from './file-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { plainCodec } from './state-codec.ts';

export interface OpenedStore {
  readonly store: CredentialStore;
  readonly kind: 'file' | 'memory';
  /** Why it is not the file; a person should be told, because every restart then registers anew. */
  readonly problem?: Error;
}

/**
 * The file store where its folder can be written, else one that lives in memory. A folder that can be read only still
 * serves what it holds.
 * @throws {StateLockedError} when there is state that none of our keys opens. Working from memory instead would
 *   register anew at every start, and let a rollout with a wrong key go on; refusing ends it at the first instance.
 *   The state stays as it is.
 */
export async function openCredentialStore(options: FileStoreOptions): Promise<OpenedStore> {
  const file = createFileStore(options);
  await assertUnlocked(options);
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
    return { store, kind: 'memory', problem: asError(error) };
  }
}

/** Whatever else is wrong with what is stored, `load` says. */
async function assertUnlocked({ fs, codec = plainCodec, ...where }: FileStoreOptions): Promise<void> {
  const stored = await fs.read(stateFileOf(where), MAX_STATE_BYTES).catch(() => undefined);
  if (stored !== undefined) await codec.decode(stored);
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
