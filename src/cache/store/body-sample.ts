import { createGunzip, gunzipSync } from 'node:zlib';

/** Compressed bodies up to this size are decoded in one go, in well under a millisecond. */
const AT_ONCE_BYTES = 32_768;
const AT_ONCE_DECODED_BYTES = 1_048_576;
/** What a body may decode to at most: beyond, it is no report. */
const MOST_DECODED_BYTES = 256 * 1_048_576;
/** Kept of either end of what is decoded as a stream. */
const END_BYTES = 1024;

/**
 * Decodes a body to see whether it is whole, and what is at its ends.
 * @param body complete
 * @returns the decoded body, or its beginning and end if it is large; `undefined` if its coding is broken or it is cut.
 *   Large bodies are decoded beside other work
 */
export const bodySample = (body: Buffer, gzip: boolean): Buffer | undefined | Promise<Buffer | undefined> => {
  if (!gzip) return body;
  if (body.length > AT_ONCE_BYTES) return sampleOfStream(body);
  try {
    return gunzipSync(body, { maxOutputLength: AT_ONCE_DECODED_BYTES });
  } catch (error) {
    const isLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isLarge ? sampleOfStream(body) : undefined;
  }
};

const sampleOfStream = async (body: Buffer): Promise<Buffer | undefined> => {
  const gunzip = createGunzip();
  let start = Buffer.alloc(0);
  let end = Buffer.alloc(0);
  let length = 0;
  gunzip.end(body);
  try {
    for await (const piece of gunzip) {
      length += piece.length;
      if (length > MOST_DECODED_BYTES) return undefined;
      if (start.length < END_BYTES)
        start = Buffer.concat([start, piece.subarray(0, END_BYTES - start.length)]);
      end = Buffer.concat([end, piece.subarray(-END_BYTES)]).subarray(-END_BYTES);
    }
    return Buffer.concat([start, end]);
  } catch {
    return undefined;
  } finally {
    gunzip.destroy();
  }
};
