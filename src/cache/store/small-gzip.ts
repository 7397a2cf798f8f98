import { gunzipSync } from 'node:zlib';

/**
 * Compressed bodies up to this size are decoded in one go: it takes well under a millisecond, where a stream costs a
 * thread hop and more.
 */
const MAX_GZIP_BYTES = 32_768;
/** The least that a gzip takes, head and tail (RFC 1952 §2.3). */
const MIN_GZIP_BYTES = 18;

/**
 * @param most bytes of the decoded body
 * @returns `undefined` for what is to be decoded as a stream: too large, or no whole gzip after all
 */
export const gunzipAtOnce = (gzip: Buffer, most: number): Buffer | undefined => {
  // Nothing at all is no gzip to zlib, and an empty report to a caller.
  if (gzip.length === 0) return gzip;
  if (gzip.length > MAX_GZIP_BYTES || gzip.length < MIN_GZIP_BYTES) return undefined;
  const told = gzip.readUInt32LE(gzip.length - 4);
  if (told > most) return undefined;
  try {
    // A gzip ends with its decoded size, if it is one gzip and true: memory is allocated once then, and no more than
    // that.
    const chunkSize = Math.max(told + 1, LEAST_CHUNK);
    return gunzipSync(gzip, { chunkSize, maxOutputLength: most });
  } catch {
    return undefined;
  }
};

/** zlib takes none smaller. */
const LEAST_CHUNK = 64;
