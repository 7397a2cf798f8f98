import { LRUCache } from 'lru-cache';
import { gunzipAtOnce } from './gunzip.ts';
import { type StoredResponse, smallText } from './stored-response.ts';

/** A decoded body: as text if it is small, else as bytes. */
export interface DecodedBody {
  readonly length: number;
  readonly text: string | undefined;
  bytes(): Buffer;
}

/**
 * Decodes small stored bodies for callers who do not take gzip, and remembers the last used: decoding costs as much
 * as all the rest of a hit (docs/performance.md).
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

/** Reports shrink 20 to 30 times; one that grows beyond this is decoded as a stream. */
const MAX_DECODED_BYTES = 4 * 1024 * 1024;
const OVERHEAD_BYTES = 256;

const decodedAtOnce = (stored: StoredResponse): DecodedBody | undefined => {
  const bytes = gunzipAtOnce(stored.body, MAX_DECODED_BYTES);
  if (bytes === undefined) return undefined;
  const text = smallText(bytes);
  return {
    length: bytes.length,
    text,
    bytes: text === undefined ? () => bytes : () => Buffer.from(text, 'latin1'),
  };
};
