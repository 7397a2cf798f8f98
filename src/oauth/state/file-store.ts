import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { errorCode } from '../../base/error-code.ts';
import { between, type Milliseconds, seconds } from '../../base/units.ts';
import type { SetAsideReason } from '../protocol/dcr-event.ts';
import {
  type CredentialStore,
  type LoadOutcome,
  type StateBinding,
  sameBinding,
} from './credential-store.ts';
import { plainCodec, type StateCodec, StateLockedError } from './state-codec.ts';
import type { StateFs } from './state-fs.ts';
import { readStoredForm, writeStoredForm } from './stored-form.ts';

export interface FileStoreOptions {
  /** Folder of the state; made with mode 0700 where it lacks. */
  readonly folder: string;
  /** Name of the client whose state it is; the file is called after it. Letters, digits, `.`, `_`, `-`. */
  readonly name: string;
  readonly fs: StateFs;
  readonly effects: Pick<Effects, 'now' | 'random'>;
  /** How the state looks at rest; plain JSON if not given. */
  readonly codec?: StateCodec;
}

/** Ours is a few kB; whatever is larger is not ours. */
export const MAX_STATE_BYTES = 64 * 1024;
/** A save takes milliseconds: what is left over after this long is of a process that died. */
const LEFTOVER_AGE: Milliseconds = seconds(60);
export const stateFileOf = ({ folder, name }: Pick<FileStoreOptions, 'folder' | 'name'>): string =>
  join(folder, `${name}.json`);

const NOT_A_FILE: ReadonlySet<string | undefined> = new Set([
  'ELOOP',
  'EMLINK',
  'EISDIR',
  'ENOTSUP',
  'ENXIO',
]);

/**
 * Keeps the state in one file. It is replaced as crash-consistency studies have it (Pillai et al., OSDI '14): write a
 * new file, fsync it, rename it over the old one, fsync the folder. A reader sees the old state or the new one, never
 * a mixture.
 * @throws {TypeError} when `name` cannot be a file's.
 */
export function createFileStore({
  folder,
  name,
  fs,
  effects,
  codec = plainCodec,
}: FileStoreOptions): CredentialStore {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new TypeError(`${name} cannot name a state file`);
  const file = stateFileOf({ folder, name });
  /** Set when the file is sealed with a key that we lack: it must not be overwritten then. */
  let locked: StateLockedError | undefined;

  const uniqueSuffix = () =>
    Math.floor(effects.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');

  const setAside = async (reason: SetAsideReason): Promise<LoadOutcome> => {
    const stamp = new Date(effects.now()).toISOString().replaceAll(/[-:]/g, '');
    const keptAs = join(folder, `${name}.${stamp}.${uniqueSuffix()}.${reason}`);
    await fs.rename(file, keptAs);
    await fs.syncFolder(folder);
    return { outcome: 'set-aside', reason, keptAs };
  };

  /**
   * Looks through the folder for state with this binding, under whatever name: that of a client that has been called
   * otherwise, or that was set aside because another client had its name for a while. What cannot be read is passed
   * over: nobody needs it here.
   */
  const find = async (binding: StateBinding) => {
    const names = await fs.list(folder).catch(() => []);
    for (const entry of names.filter((it) => /\.(json|foreign)$/.test(it)).toSorted()) {
      const path = join(folder, entry);
      const plain = await fs
        .read(path, MAX_STATE_BYTES)
        .then((content) => codec.decode(content))
        .catch(() => undefined);
      const stored = plain === undefined ? undefined : readStoredForm(plain);
      if (stored !== undefined && sameBinding(stored.binding, binding)) return { path, state: stored.state };
    }
    return undefined;
  };

  /** A client that has another name keeps its registration: state belongs to the statement, and follows it. */
  const takeOver = async (binding: StateBinding): Promise<LoadOutcome | undefined> => {
    const found = await find(binding);
    if (found === undefined) return undefined;
    await fs.rename(found.path, file);
    await fs.syncFolder(folder);
    return { outcome: 'found', state: found.state };
  };

  const removeLeftovers = async (): Promise<void> => {
    for (const entry of await fs.list(folder)) {
      if (!entry.startsWith(`${name}.json.`) || !entry.endsWith('.tmp')) continue;
      const path = join(folder, entry);
      if (between(await fs.modifiedAt(path), effects.now()) > LEFTOVER_AGE) await fs.remove(path);
    }
  };

  const store: CredentialStore = {
    async load(binding) {
      locked = undefined;
      let content: string;
      try {
        content = await fs.read(file, MAX_STATE_BYTES);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOENT') return (await takeOver(binding)) ?? { outcome: 'absent' };
        if (NOT_A_FILE.has(code)) return setAside('not-a-file');
        if (code === 'EFBIG') return setAside('corrupt');
        throw error;
      }
      try {
        const plain = await codec.decode(content);
        const stored = plain === undefined ? undefined : readStoredForm(plain);
        if (stored === undefined) {
          return setAside(readStoredForm(content) === undefined ? 'corrupt' : 'unsealed');
        }
        if (!sameBinding(stored.binding, binding)) {
          const aside = await setAside('foreign');
          return (await takeOver(binding)) ?? aside;
        }
        // So that an old key can be taken away as soon as a process has started with the new one. If it cannot be
        // written now, what was
        // read is good all the same, and the next save seals it or tells why not.
        if (!codec.isCurrent(content)) await store.save(binding, stored.state).catch(() => {});
        return { outcome: 'found', state: stored.state };
      } catch (error) {
        if (error instanceof StateLockedError) locked = error;
        throw error;
      }
    },

    async save(binding, state) {
      if (locked !== undefined) throw locked;
      const content = await codec.encode(`${writeStoredForm(binding, state)}\n`);
      await fs.makeFolder(folder);
      await removeLeftovers();
      const temporary = `${file}.${uniqueSuffix()}.tmp`;
      const handle = await fs.create(temporary);
      try {
        try {
          await handle.write(content);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await fs.rename(temporary, file);
      } catch (error) {
        // The failure that counts is the first; if this one fails too, the next save removes the leftover.
        await fs.remove(temporary).catch(() => {});
        throw error;
      }
      await fs.syncFolder(folder);
    },
  };
  return store;
}
