import { dirname, join } from 'node:path';
import { type EpochMs, epochMs } from '../../src/base/units.ts';
import type { NewFile, StateFs } from '../../src/oauth/state/state-fs.ts';

/** What a file holds: as programs see it, and as the platter has it. */
interface Inode {
  content: string;
  onPlatter: string;
}

/** Thrown by every step at and after a crash: the process is gone. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

const failure = (code: string) => Object.assign(new Error(`${code}: simulated`), { code });

/**
 * A disk that forgets in a crash what was not synced, as far as POSIX allows: names go back to the last sync of their
 * folder or stay, contents of unsynced files are any prefix of what was written (Pillai et al., OSDI '14).
 */
export class SimulatedDisk implements StateFs {
  /** The step (counted from 1) before which the process dies. */
  crashBefore = Number.POSITIVE_INFINITY;
  /** The step that fails with this code instead. */
  fail: { readonly step: number; readonly code: string } | undefined;
  /** While set, every step that writes fails with this code. */
  failEvery: string | undefined;
  /** Whether the crash has come. */
  crashed = false;
  /** Called when it comes. */
  onCrash: () => void = () => {};
  /** Steps taken so far. */
  readonly steps: string[] = [];
  readonly #now: () => EpochMs;
  #names = new Map<string, Inode>();
  #namesOnPlatter = new Map<string, Inode>();

  constructor(now: () => EpochMs = () => epochMs(1_700_000_000_000)) {
    this.#now = now;
  }

  async makeFolder(path: string): Promise<void> {
    this.#step(`makeFolder ${path}`);
  }

  async create(path: string): Promise<NewFile> {
    this.#step(`create ${path}`);
    if (this.#names.has(path)) throw failure('EEXIST');
    const inode: Inode = { content: '', onPlatter: '' };
    this.#names.set(path, inode);
    return {
      writeFile: async (text: string) => {
        // Half of it is written before the step that may be the last.
        inode.content = text.slice(0, text.length / 2);
        this.#step(`write ${path}`);
        inode.content = text;
      },
      sync: async () => {
        this.#step(`sync ${path}`);
        inode.onPlatter = inode.content;
      },
      close: async () => this.#step(`close ${path}`),
    };
  }

  async read(path: string, maxBytes: number): Promise<string> {
    this.#step(`read ${path}`);
    const { content } = this.#inode(path);
    if (content.length > maxBytes) throw failure('EFBIG');
    return content;
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step(`rename ${from} ${to}`);
    this.#names.set(to, this.#inode(from));
    this.#names.delete(from);
  }

  async remove(path: string): Promise<void> {
    this.#step(`remove ${path}`);
    this.#inode(path);
    this.#names.delete(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.#step(`syncFolder ${path}`);
    this.#namesOnPlatter = new Map(this.#names);
  }

  async list(path: string): Promise<readonly string[]> {
    this.#step(`list ${path}`);
    return [...this.#names.keys()]
      .filter((name) => dirname(name) === path)
      .map((name) => name.slice(path.length + 1));
  }

  async modifiedAt(path: string): Promise<EpochMs> {
    this.#step(`modifiedAt ${path}`);
    this.#inode(path);
    return this.#now();
  }

  /** Puts a file there, as if it had been for ever. */
  put(folder: string, name: string, content: string): void {
    const inode = { content, onPlatter: content };
    this.#names.set(join(folder, name), inode);
    this.#namesOnPlatter.set(join(folder, name), inode);
  }

  /** The files, as programs see them. */
  files(): Record<string, string> {
    return Object.fromEntries([...this.#names].map(([name, { content }]) => [name, content]));
  }

  /**
   * The disk after the machine came up again.
   * @param keep whether unsynced names survived, and how much of unsynced contents did, from 0 to 1.
   */
  afterPowerCut(keep: { readonly names: boolean; readonly content: number }): SimulatedDisk {
    const disk = new SimulatedDisk(this.#now);
    for (const [name, inode] of keep.names ? this.#names : this.#namesOnPlatter) {
      const synced = inode.onPlatter === inode.content;
      const content = synced
        ? inode.content
        : inode.content.slice(0, Math.floor(inode.content.length * keep.content));
      disk.put(dirname(name), name.slice(dirname(name).length + 1), content);
    }
    return disk;
  }

  /** The disk after the process alone died: the kernel still has everything. */
  afterKill(): SimulatedDisk {
    return this.#copyOf(this.#names);
  }

  #copyOf(names: Map<string, Inode>): SimulatedDisk {
    const disk = new SimulatedDisk(this.#now);
    for (const [name, { content }] of names)
      disk.put(dirname(name), name.slice(dirname(name).length + 1), content);
    return disk;
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw failure('ENOENT');
    return inode;
  }

  #step(what: string): void {
    if (this.steps.length + 1 >= this.crashBefore) {
      if (!this.crashed) this.onCrash();
      this.crashed = true;
      throw new Crashed(what);
    }
    this.steps.push(what);
    if (this.fail?.step === this.steps.length) throw failure(this.fail.code);
    if (this.failEvery !== undefined && !what.startsWith('read')) throw failure(this.failEvery);
  }
}
