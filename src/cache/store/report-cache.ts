import { LRUCache } from 'lru-cache';
import type { HeaderLookup } from '../../http/fields.ts';
import { varyKeyOf } from '../policy/vary.ts';
import { Allowance } from './allowance.ts';
import { gunzipAtOnce } from './gunzip.ts';
import { type BodyContent, contentOf, StoredResponse } from './stored-response.ts';

export type ReportCacheContents = Readonly<ReturnType<ReportCache['contents']>>;

/** Stands at a primary key whose answers, which differ by more request fields, stand at secondary keys. */
interface VaryIndex {
  readonly varyFields: readonly string[];
}

type Entry = StoredResponse | VaryIndex;

const INDEX_BYTES = 512;

/** Part of the bound that decoded bodies may take of it. */
const DECODED_SHARE = 1 / 8;
/** Reports shrink 20 to 30 times; one that grows beyond this is decoded as a stream. */
const MAX_DECODED_BYTES = 4 * 1024 * 1024;
const DECODED_OVERHEAD_BYTES = 256;

/**
 * The stored reports: least recently used go first once the bound of bytes is reached. It knows nothing of freshness
 * (see `reuse.ts`): entries past their lifetime stay as long as there is room, since they may be validated or
 * stand in for an upstream that fails.
 */
export class ReportCache {
  readonly maxEntryBytes: number;
  /**
   * For the bodies that are being collected, a quarter of the whole. It bounds what hundreds of slow readers may cost
   * (bench/slow-readers.ts); what comes on top is passed on, and not stored.
   */
  readonly collecting: Allowance;
  readonly #entries: LRUCache<string, Entry>;
  readonly #decoded: LRUCache<StoredResponse, BodyContent>;
  readonly #maxBytes: number;
  #evictions = 0;

  /**
   * @param maxBytes bound of all entries together, keys and headers included
   * @param maxEntryBytes largest body that is stored, as received
   */
  constructor({ maxBytes, maxEntryBytes }: { readonly maxBytes: number; readonly maxEntryBytes: number }) {
    this.#maxBytes = maxBytes;
    // An entry larger than the whole would never be stored; say so before its body is collected.
    this.maxEntryBytes = Math.min(maxEntryBytes, Math.floor(maxBytes / 2));
    const decodedBytes = Math.floor(maxBytes * DECODED_SHARE);
    this.#decoded = new LRUCache({
      maxSize: decodedBytes,
      maxEntrySize: Math.floor(decodedBytes / 8),
      sizeCalculation: (body) => body.length + DECODED_OVERHEAD_BYTES,
    });
    this.collecting = new Allowance(Math.max(this.maxEntryBytes, Math.floor(maxBytes / 4)));
    this.#entries = new LRUCache({
      maxSize: maxBytes - decodedBytes,
      sizeCalculation: (entry, key) =>
        2 * key.length + (entry instanceof StoredResponse ? entry.size : INDEX_BYTES),
      dispose: (entry, _key, reason) => {
        if (reason === 'evict') this.#evictions++;
        if (entry instanceof StoredResponse) this.#decoded.delete(entry);
      },
    });
  }

  /** @param request the request's own fields, read only if answers at this key differ by some of them */
  find(key: string, request: HeaderLookup): StoredResponse | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry instanceof StoredResponse) return entry;
    const variant = this.#entries.get(secondaryKey(key, entry.varyFields, request));
    return variant instanceof StoredResponse ? variant : undefined;
  }

  /**
   * A small body decoded, for callers who do not take gzip. The last used are remembered: decoding costs as much as all
   * the rest of a hit (docs/performance.md).
   * @returns `undefined` for what is to be decoded as a stream: too large, or no gzip after all
   */
  decoded(stored: StoredResponse): BodyContent | undefined {
    const remembered = this.#decoded.get(stored);
    if (remembered !== undefined) return remembered;
    const bytes = gunzipAtOnce(stored.body, MAX_DECODED_BYTES);
    if (bytes === undefined) return undefined;
    const decoded = contentOf(bytes);
    this.#decoded.set(stored, decoded);
    return decoded;
  }

  /** Whether {@link find} may find nothing for one request and something for another. */
  hasVariants(key: string): boolean {
    const entry = this.#entries.peek(key);
    return entry !== undefined && !(entry instanceof StoredResponse);
  }

  store(key: string, request: HeaderLookup, response: StoredResponse): void {
    if (response.varyFields.length === 0) {
      this.#entries.set(key, response);
      return;
    }
    this.#entries.set(key, { varyFields: response.varyFields });
    this.#entries.set(secondaryKey(key, response.varyFields, request), response);
  }

  /** Forgets what {@link find} would find. */
  forget(key: string, request: HeaderLookup): void {
    const entry = this.#entries.get(key);
    const variant = entry === undefined || entry instanceof StoredResponse;
    this.#entries.delete(variant ? key : secondaryKey(key, entry.varyFields, request));
  }

  /**
   * Forgets the reports whose path and query start with `prefix`; all of them when it is empty.
   * @returns how many
   */
  purge(prefix: string): number {
    let purged = 0;
    for (const [key, entry] of this.#entries.entries()) {
      if (!(entry instanceof StoredResponse) || !entry.target.startsWith(prefix)) continue;
      this.#entries.delete(key);
      purged++;
    }
    return purged;
  }

  contents() {
    return {
      entries: this.#entries.size,
      bytes: this.#entries.calculatedSize + this.#decoded.calculatedSize,
      maxBytes: this.#maxBytes,
      evictions: this.#evictions,
    };
  }
}

const secondaryKey = (key: string, varyFields: readonly string[], request: HeaderLookup): string =>
  `${key}\n${varyFields.join(',')}\n${varyKeyOf(varyFields, request)}`;
