import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode } from '../../base/error-code.ts';
import { epochMs } from '../../base/units.ts';
import type { StateFs } from './state-fs.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const failure = (code: string, message: string): Error =>
  Object.assign(new Error(`${code}: ${message}`), { code });

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, O_RDONLY | O_DIRECTORY);
  await handle.sync();
}

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

/** The real file system. */
export const nodeStateFs: StateFs = {
  makeFolder: async (path) => {
    // One by one: Node's recursive `mkdir` never returns below /proc.
    const missing: string[] = [];
    for (let at = resolve(path); !(await isThere(at)); at = dirname(at)) missing.unshift(at);
    for (const at of missing) await mkdir(at, { mode: 0o700 }).catch(unlessExists);
    const [first] = missing;
    if (first !== undefined) await syncFolder(dirname(first));
  },
  create: async (path) => {
    const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    return {
      write: (text) => handle.writeFile(text, 'utf8'),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  read: async (path, maxBytes) => {
    // Non-blocking, because opening a FIFO would wait for a writer for ever.
    await using handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = await handle.stat();
    if (stats.isDirectory()) throw failure('EISDIR', 'it is a folder');
    if (!stats.isFile()) throw failure('ENOTSUP', 'it is not a regular file');
    if (stats.size > maxBytes) throw failure('EFBIG', `it is larger than ${maxBytes} bytes`);
    // Volumes are sometimes given group permissions by their mounter: take them back, as far as it is ours.
    if ((stats.mode & 0o077) !== 0 && stats.uid === process.getuid?.()) await handle.chmod(0o600);
    return handle.readFile('utf8');
  },
  rename,
  remove: unlink,
  syncFolder,
  list: (path) => readdir(path),
  modifiedAt: async (path) => epochMs((await lstat(path)).mtimeMs),
};
