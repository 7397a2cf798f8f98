import { gunzipSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { type StoredResponse, smallText } from './stored-response.ts';

/** A decoded body: as text if it is small, else as bytes. */
export interface DecodedBody {
  readonly length: number;
  readonly text: string | undefined;
  bytes(): Buffer;
}

/** Compressed bodies up to this size are decoded in one go: it takes well under a millisecond and no thread hop. */
const MAX_GZIP_BYTES = 32_768;
/** Reports shrink 20 to 30 times; one that grows beyond this is decoded as a stream. */
const MAX_DECODED_BYTES = 4 * 1024 * 1024;

/**
 * Decodes small stored bodies for callers who do not take gzip, and remembers the last used: decoding costs as much as all the rest of
 * a hit (docs/performance.md).
 */
export class DecodedBodies {
  readonly #remembered: LRUCache<StoredResponse, DecodedBody>;

  /** @param maxBytes bound of what is remembered */
  constructor(maxBytes: number) {
    this.#remembered = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.floor(maxBytes / 8),
      sizeCalculation: (body) => body.length + OVERHEAD_BYTES,
    });
  }

  get bytes(): number {
    return this.#remembered.calculatedSize;
  }

  /** @returns `undefined` for what is to be decoded as a stream: too large, or no gzip after all */
  get(stored: StoredResponse): DecodedBody | undefined {
    const remembered = this.#remembered.get(stored);
    if (remembered !== undefined) return remembered;
    const decoded = decodedAtOnce(stored);
    if (decoded !== undefined) this.#remembered.set(stored, decoded);
    return decoded;
  }

  forget(stored: StoredResponse): void {
    this.#remembered.delete(stored);
  }
}

const OVERHEAD_BYTES = 256;
const LIMIT = { maxOutputLength: MAX_DECODED_BYTES };

const decodedAtOnce = (stored: StoredResponse): DecodedBody | undefined => {
  if (stored.bodyLength > MAX_GZIP_BYTES) return undefined;
  let bytes: Buffer;
  try {
    // Nothing at all is no gzip to zlib, and an empty report to a caller.
    bytes = stored.bodyLength === 0 ? stored.body : gunzipSync(stored.body, LIMIT);
  } catch {
    return undefined;
  }
  const text = smallText(bytes);
  return {
    length: bytes.length,
    text,
    bytes: text === undefined ? () => bytes : () => Buffer.from(text, 'latin1'),
  };
};
