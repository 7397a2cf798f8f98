import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { errorCode } from '../../base/error-code.ts';
import { between, type Milliseconds, seconds } from '../../base/units.ts';
import type { SetAsideReason } from '../protocol/dcr-event.ts';
import {
  type CredentialStore,
  type LoadOutcome,
  type StateBinding,
  type StoredState,
  sameBinding,
} from './credential-store.ts';
import { createStateCodec, type StateCodec, StateLockedError } from './state-codec.ts';
import type { StateFs } from './state-fs.ts';
import { readStoredForm, writeStoredForm } from './stored-form.ts';

export interface FileStoreOptions {
  readonly folder: string;
  /** Of the client; the file is called after it. */
  readonly name: string;
  readonly fs: StateFs;
  readonly effects: Pick<Effects, 'now' | 'random'>;
  readonly codec?: StateCodec;
}

/** Ours is a few kB; whatever is larger is not ours. */
const MAX_STATE_BYTES = 64 * 1024;
/** A save takes milliseconds: what is left over after this long is of a process that died. */
const LEFTOVER_AGE: Milliseconds = seconds(60);

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
 */
export class FileStore implements CredentialStore {
  readonly #options: FileStoreOptions;
  readonly #codec: StateCodec;
  readonly #file: string;
  /** Set when the file is sealed with a key that we lack: it must not be overwritten then. */
  #locked: StateLockedError | undefined;

  constructor(options: FileStoreOptions) {
    const { folder, name, codec = createStateCodec() } = options;
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name))
      throw new TypeError(`${name} cannot name a state file`);
    this.#options = options;
    this.#codec = codec;
    this.#file = join(folder, `${name}.json`);
  }

  /**
   * Looks at what is there, and takes the steps that a save takes, on a file of its own.
   * @throws {StateLockedError} when none of our keys opens it. Whatever else is wrong with it, `load` says
   */
  async probe(): Promise<void> {
    const { folder, fs } = this.#options;
    const stored = await fs.read(this.#file, MAX_STATE_BYTES).catch(() => undefined);
    if (stored !== undefined) await this.#codec.decode(stored);
    await fs.makeFolder(folder);
    const path = this.#temporary();
    const handle = await fs.create(path);
    try {
      await handle.close();
    } finally {
      await fs.remove(path);
    }
  }

  async load(binding: StateBinding): Promise<LoadOutcome> {
    this.#locked = undefined;
    let content: string;
    try {
      content = await this.#options.fs.read(this.#file, MAX_STATE_BYTES);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT') return (await this.#takeOver(binding)) ?? { outcome: 'absent' };
      if (NOT_A_FILE.has(code)) return this.#setAside('not-a-file');
      if (code === 'EFBIG') return this.#setAside('corrupt');
      throw error;
    }
    try {
      const stored = await this.#opened(content);
      if (stored === undefined) {
        return this.#setAside(readStoredForm(content) === undefined ? 'corrupt' : 'unsealed');
      }
      if (!sameBinding(stored.binding, binding)) {
        const aside = await this.#setAside('foreign');
        return (await this.#takeOver(binding)) ?? aside;
      }
      // So that an old key can be taken away as soon as a process has started with the new one. If it cannot be
      // written now, what was read is good all the same, and the next save seals it or tells why not.
      if (!this.#codec.isCurrent(content)) await this.save(binding, stored.state).catch(() => {});
      return { outcome: 'found', state: stored.state };
    } catch (error) {
      if (error instanceof StateLockedError) this.#locked = error;
      throw error;
    }
  }

  async save(binding: StateBinding, state: StoredState): Promise<void> {
    if (this.#locked !== undefined) throw this.#locked;
    const { folder, fs } = this.#options;
    const content = await this.#codec.encode(`${writeStoredForm(binding, state)}\n`);
    await fs.makeFolder(folder);
    await this.#removeLeftovers();
    const temporary = this.#temporary();
    const handle = await fs.create(temporary);
    try {
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.rename(temporary, this.#file);
    } catch (error) {
      // The failure that counts is the first; if this one fails too, the next save removes the leftover.
      await fs.remove(temporary).catch(() => {});
      throw error;
    }
    await fs.syncFolder(folder);
  }

  #temporary(): string {
    return `${this.#file}.${this.#uniqueSuffix()}.tmp`;
  }

  #uniqueSuffix(): string {
    const number = Math.floor(this.#options.effects.random() * 2 ** 32);
    return number.toString(16).padStart(8, '0');
  }

  async #opened(content: string) {
    return readStoredForm((await this.#codec.decode(content)) ?? '');
  }

  async #setAside(reason: SetAsideReason): Promise<LoadOutcome> {
    const { folder, name, fs, effects } = this.#options;
    const stamp = new Date(effects.now()).toISOString().replaceAll(/[-:]/g, '');
    const keptAs = join(folder, `${name}.${stamp}.${this.#uniqueSuffix()}.${reason}`);
    await fs.rename(this.#file, keptAs);
    await fs.syncFolder(folder);
    return { outcome: 'set-aside', reason, keptAs };
  }

  /**
   * State belongs to the statement, and follows it: looks through the folder for state with this binding, that of a
   * client that has been called otherwise, or that was set aside because another had its name for a while. What cannot
   * be read is passed over.
   */
  async #takeOver(binding: StateBinding): Promise<LoadOutcome | undefined> {
    const { folder, fs } = this.#options;
    const names = await fs.list(folder).catch(() => []);
    for (const entry of names.filter((it) => /\.(json|foreign)$/.test(it)).toSorted()) {
      const path = join(folder, entry);
      const read = fs.read(path, MAX_STATE_BYTES).then((content) => this.#opened(content));
      const stored = await read.catch(() => undefined);
      if (stored === undefined || !sameBinding(stored.binding, binding)) continue;
      await fs.rename(path, this.#file);
      await fs.syncFolder(folder);
      return { outcome: 'found', state: stored.state };
    }
    return undefined;
  }

  async #removeLeftovers(): Promise<void> {
    const { folder, name, fs, effects } = this.#options;
    for (const entry of await fs.list(folder)) {
      if (!entry.startsWith(`${name}.json.`) || !entry.endsWith('.tmp')) continue;
      const path = join(folder, entry);
      if (between(await fs.modifiedAt(path), effects.now()) > LEFTOVER_AGE) await fs.remove(path);
    }
  }
}
