import { gunzipAtOnce } from '../../cache/store/gunzip.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import { MAX_DECODED_BYTES } from '../answer/encoding.ts';
import { documentNeedsRewriting, needsRewriting } from '../links/link-rewriting.ts';
import { changesPaths, type LinkMapping, type LinkSyntax } from '../links/links.ts';

/** What a look at the beginning of an answer has shown. */
export interface HeldVerdict {
  /** Whether its links have to be mapped. */
  readonly rewrite: boolean;
  /** The whole body, if it had to be decoded to know and goes on as it is. */
  readonly decoded: Buffer | undefined;
}

/** An answer held back until its first bytes show whether links have to be mapped. */
export class HeldAnswer {
  readonly syntax: LinkSyntax;
  /** Its fields, flat. */
  readonly headers: readonly string[];
  readonly pieces: Buffer[] = [];
  readonly #gzip: boolean;
  readonly #links: LinkMapping;

  constructor(headers: readonly string[], syntax: LinkSyntax, gzip: boolean, links: LinkMapping) {
    this.headers = headers;
    this.syntax = syntax;
    this.#gzip = gzip;
    this.#links = links;
  }

  /**
   * Takes a piece. @returns `undefined` while more has to be seen: a first piece may be as small as the header that a
   * gzip encoder writes before it knows more
   */
  add(piece: Buffer): HeldVerdict | undefined {
    this.pieces.push(piece);
    const isFirst = this.pieces.length === 1;
    const whole = isFirst ? this.#decodedWhole(piece) : undefined;
    if (whole !== undefined) {
      const rewrite = documentNeedsRewriting(whole, this.syntax, this.#links);
      return { rewrite, decoded: rewrite ? undefined : whole };
    }
    const beginning = isFirst ? piece : Buffer.concat(this.pieces);
    const rewrite = needsRewriting(beginning, this.#gzip, this.syntax, this.#links);
    return rewrite === undefined ? undefined : { rewrite, decoded: undefined };
  }

  /** A small gzip that is all there is decoded once, for us and for callers who do not take it. */
  #decodedWhole(chunk: Buffer): Buffer | undefined {
    if (!this.#gzip || changesPaths(this.#links)) return undefined;
    if (Number(rawHeaders(this.headers)('content-length')) !== chunk.length) return undefined;
    return gunzipAtOnce(chunk, MAX_DECODED_BYTES);
  }
}
