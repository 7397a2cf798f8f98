import { type Duplex, Transform } from 'node:stream';
import { constants, createGunzip, createGzip, gunzipSync } from 'node:zlib';
import {
  changesPaths,
  firstLinkNeedsMapping,
  type LinkMapping,
  type LinkSyntax,
  mapLinksIn,
  unfinishedHref,
} from './links.ts';

/** Compressed bytes looked at to see what a document's links are like. Decoded they are 1 MiB at most. */
const PEEK_BYTES = 1024;

/** Whether a document has to be rewritten, judged by its first bytes so that most answers pass through as they are. */
export const needsRewriting = (
  firstChunk: Buffer,
  gzip: boolean,
  syntax: LinkSyntax,
  mapping: LinkMapping,
): boolean => {
  if (changesPaths(mapping)) return true;
  const start = firstChunk.subarray(0, PEEK_BYTES);
  const text = gzip ? decodeStart(start) : start.toString('latin1');
  return firstLinkNeedsMapping(text, syntax, mapping);
};

const decodeStart = (start: Buffer): string => {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1');
  } catch {
    // Not gzip after all: whoever decodes it in full says so.
    return '';
  }
};

/** The stages that a body goes through to have its links mapped, in order; compressed again if it came compressed. */
export const rewritingStages = (gzip: boolean, syntax: LinkSyntax, mapping: LinkMapping): Duplex[] => {
  const rewriting = new LinkRewriting(syntax, mapping);
  return gzip ? [createGunzip(), rewriting, createGzip()] : [rewriting];
};

/** Maps links in a stream of text, whatever the cuts between its chunks. Bytes are kept: text is handled as Latin-1. */
class LinkRewriting extends Transform {
  readonly #syntax: LinkSyntax;
  readonly #mapping: LinkMapping;
  #held = '';

  constructor(syntax: LinkSyntax, mapping: LinkMapping) {
    super();
    this.#syntax = syntax;
    this.#mapping = mapping;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = this.#held + chunk.toString('latin1');
    const cut = unfinishedHref(text);
    this.#held = text.slice(cut);
    this.#emit(text.slice(0, cut));
    done();
  }

  override _flush(done: () => void): void {
    this.#emit(this.#held);
    done();
  }

  #emit(text: string): void {
    if (text !== '') this.push(Buffer.from(mapLinksIn(text, this.#syntax, this.#mapping), 'latin1'));
  }
}
