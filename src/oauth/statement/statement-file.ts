import { open } from 'node:fs/promises';
import { errorCode } from '../../base/error-code.ts';
import type { EpochMs } from '../../base/units.ts';
import { parseSoftwareStatement, type SoftwareStatement } from './software-statement.ts';
import { StatementError } from './statement-error.ts';
import { MAX_STATEMENT_LENGTH } from './statement-text.ts';

/** Reads a whole file as bytes, or throws an error with Node's `code`. */
export type ReadStatement = (path: string) => Promise<Buffer>;

/** The real one. Reads no more than a statement can be long. */
export const readStatementBytes: ReadStatement = async (path) => {
  await using handle = await open(path, 'r');
  const buffer = Buffer.alloc(2 * MAX_STATEMENT_LENGTH + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
};

/**
 * Reads and checks the statement in a file.
 * @throws {StatementError} when the file is missing or unreadable, or holds no usable statement.
 */
export async function readStatementFile(
  path: string,
  now: EpochMs,
  read: ReadStatement = readStatementBytes,
): Promise<SoftwareStatement> {
  return parseSoftwareStatement(await readStatementText(path, read), now);
}

/** The text of the file, whatever it says. */
export async function readStatementText(
  path: string,
  read: ReadStatement = readStatementBytes,
): Promise<string> {
  try {
    return decoded(await read(path));
  } catch (error) {
    const code = errorCode(error);
    throw code === 'ENOENT' || code === 'ENOTDIR'
      ? new StatementError('missing', `There is no software statement at ${path}`, { cause: error })
      : new StatementError(
          'unreadable',
          `The software statement at ${path} cannot be read (${code ?? 'unknown error'})`,
          {
            cause: error,
          },
        );
  }
}

/** Notepad's "Unicode" is UTF-16 with a byte order mark. */
function decoded(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
}
