import { chmod, link, lstat, mkdtemp, rm, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { errorCode } from '../../base/error-code.ts';

export class SocketPathError extends Error {
  override readonly name = 'SocketPathError';
  /** `EADDRINUSE`: somebody listens on it; `ENOTSOCK`: something else is there, which is left alone. */
  readonly code: 'EADDRINUSE' | 'ENOTSOCK';

  constructor(code: SocketPathError['code'], path: string) {
    super(code === 'EADDRINUSE' ? `a process listens on ${path}` : `${path} is there, and is no socket`);
    this.code = code;
  }
}

/**
 * Has a server listen on a Unix domain socket (unix(7)). The socket is made in a folder that nobody else can enter,
 * given its mode, and only then linked to where callers look for it: at no moment may others call who should not, and
 * of two processes that want the same path one fails.
 * @returns what takes the name away, if it is still that of this socket; the server on it goes on until it is closed
 * @throws {SocketPathError}; what the file system throws; what `listen` throws
 */
export const bindSocket = async (path: string, mode: number, listen: (path: string) => Promise<unknown>) => {
  await removeStale(path);
  const folder = await mkdtemp(join(dirname(path), '.cmu-'));
  try {
    const made = join(folder, 's');
    await listen(made);
    await chmod(made, mode);
    const { ino, dev } = await lstat(made);
    await link(made, path).catch((error: unknown) => {
      throw errorCode(error) === 'EEXIST' ? new SocketPathError('EADDRINUSE', path) : error;
    });
    return async (): Promise<void> => {
      const there = await statOf(path);
      if (there?.ino === ino && there.dev === dev) await unlink(path);
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** A process that was killed leaves its socket behind: the name of nothing. */
const removeStale = async (path: string): Promise<void> => {
  const there = await statOf(path);
  if (there === undefined) return;
  if (!there.isSocket()) throw new SocketPathError('ENOTSOCK', path);
  if (await isListenedOn(path)) throw new SocketPathError('EADDRINUSE', path);
  await rm(path, { force: true });
};

const statOf = (path: string) =>
  lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });

/** Only a refusal says that nobody listens; whatever else goes wrong is no reason to take a name away. */
const isListenedOn = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(errorCode(error) !== 'ECONNREFUSED'));
  });
