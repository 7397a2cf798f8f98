import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode } from '../../base/error-code.ts';
import { failure, statsOfFile } from '../../base/read-files.ts';
import { type EpochMs, epochMs } from '../../base/units.ts';

export type NewFile = Pick<FileHandle, 'writeFile' | 'sync' | 'close'>;

/**
 * The steps of the file system that the file store takes, each of which may fail, tear, or be the last one before a
 * crash: narrow, so that a simulated disk can stand in. Errors carry Node's `code` (`ENOENT`, `ENOSPC`, …).
 */
export type StateFs = Readonly<typeof nodeStateFs>;

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export const nodeStateFs = {
  /** Makes the folder and its parents where they lack, with mode 0700. */
  async makeFolder(path: string): Promise<void> {
    // One by one: Node's recursive `mkdir` never returns below /proc.
    const missing: string[] = [];
    for (let at = resolve(path); !(await isThere(at)); at = dirname(at)) missing.unshift(at);
    for (const at of missing) await mkdir(at, { mode: 0o700 }).catch(unlessExists);
    const [first] = missing;
    if (first !== undefined) await nodeStateFs.syncFolder(dirname(first));
  },

  /** Opens a file that must not exist yet, with mode 0600. */
  create: (path: string): Promise<NewFile> => open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),

  /**
   * The content of a regular file of at most `maxBytes`. The last component of the path is not followed if it is a
   * symlink.
   * @throws with code `ELOOP` for a symlink, `EISDIR` for a folder, `ENOTSUP` for another non-file, `EFBIG` if larger.
   */
  async read(path: string, maxBytes: number): Promise<string> {
    // Non-blocking, because opening a FIFO would wait for a writer for ever.
    await using handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = await statsOfFile(handle);
    if (stats.size > maxBytes) throw failure('EFBIG', `it is larger than ${maxBytes} bytes`);
    // Volumes are sometimes given group permissions by their mounter: take them back, as far as it is ours.
    if ((stats.mode & 0o077) !== 0 && stats.uid === process.getuid?.()) await handle.chmod(0o600);
    return handle.readFile('utf8');
  },

  rename: (from: string, to: string): Promise<void> => rename(from, to),
  remove: (path: string): Promise<void> => unlink(path),

  /** Names in a folder reach the disk: without it, a rename may be forgotten by a crash. */
  async syncFolder(path: string): Promise<void> {
    await using handle = await open(path, O_RDONLY | O_DIRECTORY);
    await handle.sync();
  },

  list: (path: string): Promise<readonly string[]> => readdir(path),
  modifiedAt: async (path: string): Promise<EpochMs> => epochMs((await lstat(path)).mtimeMs),
};

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Another process may have made it first. */
function unlessExists(error: unknown): void {
  if (errorCode(error) !== 'EEXIST') throw error;
}
