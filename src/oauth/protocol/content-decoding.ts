import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { DcrError } from './dcr-error.ts';

/** The real answers are under 2 KiB (docs/adobe.md §3, §4); anything near this is not one of them. */
export const MAX_ANSWER_BYTES = 64 * 1024;

const DECODERS: ReadonlyMap<string, typeof gunzipSync> = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/**
 * Undoes one content coding (RFC 9110 §8.4.1). We ask for none, but servers between may add one; stacked codings,
 * which only attacks use, are refused.
 * @throws {DcrError} `answer_too_large` when it unpacks to over 64 KiB, `malformed_answer` when it does not unpack.
 */
export function decodeContent(content: Buffer, encoding: string | undefined): Buffer {
  const coding = encoding?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return content;
  const decode = DECODERS.get(coding);
  if (decode === undefined)
    throw new DcrError('malformed_answer', 'The answer has an unknown content coding');
  try {
    return decode(content, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    throw tooLarge
      ? new DcrError('answer_too_large', `The answer unpacks to more than ${MAX_ANSWER_BYTES} bytes`)
      : new DcrError('malformed_answer', `The answer cannot be unpacked (${coding})`);
  }
}
