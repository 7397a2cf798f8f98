import { hash } from 'node:crypto';
import type { EpochMs } from '../../base/units.ts';
import { rawHeaders } from '../../http/fields.ts';
import { cacheStatus } from '../policy/cache-status.ts';
import {
  currentAge,
  remainingFreshness,
  type StoredFreshness,
  toldFreshness,
} from '../policy/stored-freshness.ts';

/** How a body is coded: as the upstream sent it, or decoded for a caller who does not take gzip. */
export type Representation = 'stored' | 'decoded';

export type StoredResponseInit = Pick<
  StoredResponse,
  'status' | 'headers' | 'body' | 'gzip' | 'upstreamEtag' | 'varyFields' | 'target' | 'freshness'
>;

/** A body as it is kept and sent: a small one in Latin-1, as a buffer has bookkeeping outside of V8's heap. */
export type BodyContent = string | Buffer;

const MAX_TEXT_BYTES = 16_384;

/** Bookkeeping of one entry besides its body and texts: objects, arrays, prepared heads. Measured, rounded up. */
const ENTRY_OVERHEAD_BYTES = 2048;

/** A complete answer in the cache. The heads of its hits are prepared: one within the same second allocates nothing. */
export class StoredResponse {
  readonly status: number;
  /** End-to-end fields as a flat list, without `Age`, `Cache-Status`, `Content-Length` and `ETag`. */
  readonly headers: readonly string[];
  readonly content: BodyContent;
  readonly gzip: boolean;
  /** The upstream's own `ETag`, if its bytes were kept. */
  readonly upstreamEtag: string | undefined;
  /** The request fields that select it (RFC 9111 §4.1). */
  readonly varyFields: readonly string[];
  /** Path and query that callers ask with, for listing and purging. */
  readonly target: string;
  readonly freshness: StoredFreshness;
  readonly etag: Readonly<Record<Representation, string>>;
  readonly #fixed: Readonly<Record<Representation, readonly string[]>>;
  readonly #prepared: Record<Representation, PreparedHead | undefined> = {
    stored: undefined,
    decoded: undefined,
  };

  constructor(init: StoredResponseInit) {
    this.status = init.status;
    this.headers = init.headers;
    const content = contentOf(init.body);
    this.content = typeof content === 'string' ? content : withoutSurroundings(content);
    this.gzip = init.gzip;
    this.upstreamEtag = init.upstreamEtag;
    this.varyFields = init.varyFields;
    this.target = init.target;
    this.freshness = init.freshness;
    this.etag = entityTags(init.body, init.gzip, init.upstreamEtag);
    const told = toldFreshness(init.freshness, rawHeaders(init.headers));
    this.#fixed = {
      stored: [
        ...init.headers,
        ...told,
        ...(init.gzip ? ['Content-Encoding', 'gzip'] : []),
        'ETag',
        this.etag.stored,
        'Content-Length',
        String(init.body.length),
      ],
      decoded: [...init.headers, ...told, 'ETag', this.etag.decoded],
    };
  }

  /** What it takes in memory, in bytes, besides its key. */
  get size(): number {
    let size = ENTRY_OVERHEAD_BYTES + this.content.length + 2 * this.target.length;
    for (const text of this.headers) size += 2 * text.length;
    return size;
  }

  /** Made anew at each call if it is small. */
  get body(): Buffer {
    return bytesOf(this.content);
  }

  get lastModified(): string | undefined {
    return rawHeaders(this.headers)('last-modified');
  }

  representationFor(acceptsGzip: boolean): Representation {
    return this.gzip && !acceptsGzip ? 'decoded' : 'stored';
  }

  /**
   * The head of a hit as a flat list, with `Age` and `Cache-Status`. The same list for all hits of one second: not to
   * be changed.
   * @param decodedLength for `decoded`: the length to tell, if it is known
   */
  hitHead(representation: Representation, now: EpochMs, decodedLength?: number): readonly string[] {
    const second = Math.floor((now - this.freshness.responseTime) / 1000);
    const prepared = this.#prepared[representation];
    if (prepared?.second === second && prepared.decodedLength === decodedLength) return prepared.head;
    const head = [
      ...this.#fixed[representation],
      ...(decodedLength === undefined ? [] : ['Content-Length', String(decodedLength)]),
      'Age',
      String(Math.floor(currentAge(this.freshness, now) / 1000)),
      'Cache-Status',
      cacheStatus.hit(remainingFreshness(this.freshness, now)),
    ];
    this.#prepared[representation] = { second, decodedLength, head };
    return head;
  }
}

/** RFC 9110 §8.8.3. The upstream's own tag stands for its bytes. */
export const entityTags = (
  body: Buffer,
  gzip: boolean,
  upstreamEtag: string | undefined,
): Readonly<Record<Representation, string>> => {
  const digest = hash('sha1', body, 'base64url');
  return { stored: upstreamEtag ?? (gzip ? `"${digest}-gzip"` : `"${digest}"`), decoded: `"${digest}"` };
};

interface PreparedHead {
  /** Whole seconds since the answer came: what `Age` and `ttl` are told from. */
  readonly second: number;
  readonly decodedLength: number | undefined;
  readonly head: readonly string[];
}

export const contentOf = (body: Buffer): BodyContent =>
  body.length <= MAX_TEXT_BYTES ? body.toString('latin1') : body;

export const bytesOf = (content: BodyContent): Buffer =>
  typeof content === 'string' ? Buffer.from(content, 'latin1') : content;

/** A slice would keep the whole buffer. */
const withoutSurroundings = (body: Buffer): Buffer => {
  if (body.length === body.buffer.byteLength) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
};
