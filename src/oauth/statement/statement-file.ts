import { errorCode } from '../../base/error-code.ts';
import type { ReadFile } from '../../base/read-files.ts';
import type { EpochMs } from '../../base/units.ts';
import { parseSoftwareStatement, type SoftwareStatement, unusable } from './software-statement.ts';

/** @throws {InputError} when the file is missing or unreadable, or holds no usable statement */
export async function readStatementFile(
  path: string,
  now: EpochMs,
  read: ReadFile,
): Promise<SoftwareStatement> {
  const bytes = await read(path).catch((cause: unknown) => {
    const code = errorCode(cause) ?? 'unknown error';
    throw code === 'ENOENT' || code === 'ENOTDIR'
      ? unusable('missing', `There is no software statement at ${path}`, { cause })
      : unusable('unreadable', `The software statement at ${path} cannot be read (${code})`, {
          cause,
        });
  });
  return parseSoftwareStatement(decoded(bytes), now);
}

/** Notepad's "Unicode" is UTF-16 with a byte order mark. */
function decoded(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
}
