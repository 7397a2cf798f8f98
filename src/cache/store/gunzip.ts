import { createGunzip, gunzipSync } from 'node:zlib';

/** Bodies up to this size are decoded in one go: well under a millisecond, where a stream costs a thread hop. */
const MAX_GZIP_BYTES = 32_768;
/** The least that a gzip takes, head and tail (RFC 1952 §2.3). */
const MIN_GZIP_BYTES = 18;
/** zlib takes none smaller. */
const LEAST_CHUNK = 64;

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
    // A gzip ends with its decoded size, if it is one gzip and true: then memory is allocated once.
    const chunkSize = Math.max(told + 1, LEAST_CHUNK);
    return gunzipSync(gzip, { chunkSize, maxOutputLength: most });
  } catch {
    return undefined;
  }
};

/** A sample is the whole of what decodes to no more than this; */
const WHOLE_SAMPLE_BYTES = 1_048_576;
/** of larger bodies so much of either end. */
const END_BYTES = 1024;
/** What a body may decode to at most: beyond, it is no report. */
const MOST_DECODED_BYTES = 256 * 1_048_576;

/**
 * Decodes a body to see whether it is whole, and what is at its ends.
 * @returns the decoded body, or beginning and end of a large one; `undefined` if its coding is broken or it is cut
 */
export const bodySample = (body: Buffer, gzip: boolean): Buffer | undefined | Promise<Buffer | undefined> => {
  if (!gzip) return body;
  if (body.length === 0) return undefined;
  return gunzipAtOnce(body, WHOLE_SAMPLE_BYTES) ?? sampleOfStream(body);
};

const sampleOfStream = async (body: Buffer): Promise<Buffer | undefined> => {
  const gunzip = createGunzip();
  let sample = Buffer.alloc(0);
  let length = 0;
  gunzip.end(body);
  try {
    for await (const piece of gunzip) {
      length += piece.length;
      if (length > MOST_DECODED_BYTES) return undefined;
      sample = Buffer.concat([sample, piece]);
      if (sample.length > 2 * END_BYTES)
        sample = Buffer.concat([sample.subarray(0, END_BYTES), sample.subarray(-END_BYTES)]);
    }
    return sample;
  } catch {
    return undefined;
  } finally {
    gunzip.destroy();
  }
};
