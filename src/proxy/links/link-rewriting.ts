import { type Duplex, Transform } from 'node:stream';
import { constants, createGunzip, createGzip, gunzipSync } from 'node:zlib';
import {
  changesPaths,
  firstLinkNeedsMapping,
  type LinkMapping,
  type LinkSyntax,
  mapLinksIn,
} from './links.ts';

/** Bytes, as they come, in which a document's first link is looked for. Decoded they are 1 MiB at most. */
const PEEK_BYTES = 1024;
/** A report begins with its links: mostly a look at this much of it is enough. */
const FIRST_PEEK_BYTES = 192;

/**
 * Whether a document has to be rewritten, judged by its beginning so that most answers pass through as they are.
 * @returns `undefined` while more of it has to be seen
 */
export const needsRewriting = (
  beginning: Buffer,
  gzip: boolean,
  syntax: LinkSyntax,
  mapping: LinkMapping,
): boolean | undefined => {
  if (changesPaths(mapping)) return true;
  const verdict = gzip
    ? firstLinkNeedsMapping(decodeStart(beginning.subarray(0, PEEK_BYTES)), syntax, mapping)
    : (firstLinkNeedsMapping(beginning.toString('latin1', 0, FIRST_PEEK_BYTES), syntax, mapping) ??
      firstLinkNeedsMapping(beginning.toString('latin1', 0, PEEK_BYTES), syntax, mapping));
  return verdict === undefined && beginning.length >= PEEK_BYTES ? false : verdict;
};

/** The same for a document that is all there, decoded. */
export const documentNeedsRewriting = (document: Buffer, syntax: LinkSyntax, mapping: LinkMapping): boolean =>
  firstLinkNeedsMapping(document.toString('latin1'), syntax, mapping) ?? false;

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
  const rewriting = linkRewriting(syntax, mapping);
  return gzip ? [createGunzip(), rewriting, createGzip()] : [rewriting];
};

/** Maps links in a stream of text, whatever the cuts between its chunks. Bytes are kept: text is handled as Latin-1. */
const linkRewriting = (syntax: LinkSyntax, mapping: LinkMapping): Transform => {
  let waiting = '';
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      const { mapped, held } = mapLinksIn(waiting + chunk.toString('latin1'), syntax, mapping);
      waiting = held;
      done(null, mapped === '' ? undefined : Buffer.from(mapped, 'latin1'));
    },
    flush: (done) => done(null, waiting === '' ? undefined : Buffer.from(waiting, 'latin1')),
  });
};
