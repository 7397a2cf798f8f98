import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Rejects with Node's error, `code` such as `ENOENT`. */
export type ReadFile = (path: string) => Promise<Buffer>;

/** A digest of each file's content, by path; empty for one that could not be read. */
export type FileDigests = ReadonlyMap<string, string>;

/** A bundle of every public authority is a quarter of a megabyte. */
const MOST_BYTES = 4 * 1024 * 1024;

export const failure = (code: string, message: string): Error =>
  Object.assign(new Error(`${code}: ${message}`), { code });

/** @throws with code `EISDIR` for a folder, `ENOTSUP` for another non-file */
export const statsOfFile = async (handle: FileHandle): Promise<Stats> => {
  const stats = await handle.stat();
  if (stats.isDirectory()) throw failure('EISDIR', 'it is a folder');
  if (!stats.isFile()) throw failure('ENOTSUP', 'it is not a regular file');
  return stats;
};

/** Reads a regular file of at most 4 MiB. A FIFO, a device or an endless file ends with an error, not with a wait. */
export const readInputFile: ReadFile = async (path) => {
  // Non-blocking: to open a FIFO would wait for a writer for ever.
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  await statsOfFile(handle);
  const chunks: Buffer[] = [];
  let size = 0;
  // The size that a file tells is not to be relied on: files below /proc tell 0.
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) throw failure('EFBIG', `it is larger than ${MOST_BYTES} bytes`);
  }
  return Buffer.concat(chunks);
};

/** Reads files and remembers what each held, for `watchFiles`. */
export class FileReader {
  /** Of all that was read. */
  readonly digests = new Map<string, string>();
  readonly #read: ReadFile;

  constructor(read: ReadFile = readInputFile) {
    this.#read = read;
  }

  readonly read: ReadFile = async (path) => {
    // Before the reading ends: a file that cannot be read is watched as well.
    this.digests.set(path, '');
    const content = await this.#read(path);
    this.digests.set(path, createHash('sha256').update(content).digest('base64'));
    return content;
  };
}
