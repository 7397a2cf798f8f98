import { type Duplex, Transform } from 'node:stream';
import { constants, createGunzip, createGzip, gunzipSync } from 'node:zlib';
import type { FlightSource } from '../../cache/store/flight.ts';
import { gunzipAtOnce } from '../../cache/store/gunzip.ts';
import { MAX_DECODED_BYTES } from '../answer/encoding.ts';
import {
  changesPaths,
  firstLinkNeedsMapping,
  type LinkMapping,
  type LinkSyntax,
  mapLinksIn,
} from './links.ts';

interface LinkedDocument {
  readonly syntax: LinkSyntax;
  readonly gzip: boolean;
  /** As declared; NaN if it is not. */
  readonly length: number;
  readonly mapping: LinkMapping;
}

interface LinkedBodyEvents {
  /** @param decoded the whole body, if it had to be decoded to know and goes on as it is */
  onBegin(areMapped: boolean, decoded: Buffer | undefined): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

/** A body that may hold links. It is held back until its first bytes show whether they have to be mapped. */
export class LinkedBody {
  readonly #document: LinkedDocument;
  readonly #source: Pick<FlightSource, 'pause' | 'resume'>;
  readonly #events: LinkedBodyEvents;
  #held: Buffer[] | undefined = [];
  /** That it goes through, if its links are mapped. */
  #stages: readonly Duplex[] = [];

  constructor(
    document: LinkedDocument,
    source: Pick<FlightSource, 'pause' | 'resume'>,
    events: LinkedBodyEvents,
  ) {
    this.#document = document;
    this.#source = source;
    this.#events = events;
  }

  write(chunk: Buffer): void {
    if (this.#held === undefined) {
      this.#pass(chunk);
      return;
    }
    this.#held.push(chunk);
    const { gzip, syntax, mapping } = this.#document;
    const whole = this.#held.length === 1 ? this.#decodedWhole(chunk) : undefined;
    if (whole !== undefined) {
      const isToMap = firstLinkNeedsMapping(whole.toString('latin1'), syntax, mapping) ?? false;
      this.#letGo(isToMap, isToMap ? undefined : whole);
      return;
    }
    const beginning = this.#held.length === 1 ? chunk : Buffer.concat(this.#held);
    // More may have to be seen: a first piece may be as small as the header that a gzip encoder writes at once.
    const isToMap = needsRewriting(beginning, gzip, syntax, mapping);
    if (isToMap !== undefined) this.#letGo(isToMap, undefined);
  }

  end(): void {
    // It ended before there was a link to see.
    if (this.#held !== undefined) this.#letGo(false, undefined);
    const [first] = this.#stages;
    if (first === undefined) this.#events.onEnd();
    else first.end();
  }

  pause(): void {
    (this.#stages.at(-1) ?? this.#source).pause();
  }

  resume(): void {
    (this.#stages.at(-1) ?? this.#source).resume();
  }

  destroy(): void {
    for (const stage of this.#stages) stage.destroy();
  }

  /** A small gzip that is all there is decoded once, for us and for callers who do not take it. */
  #decodedWhole(chunk: Buffer): Buffer | undefined {
    const { gzip, length, mapping } = this.#document;
    if (!gzip || changesPaths(mapping) || length !== chunk.length) return undefined;
    return gunzipAtOnce(chunk, MAX_DECODED_BYTES);
  }

  #letGo(isToMap: boolean, decoded: Buffer | undefined): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (isToMap) this.#map();
    this.#events.onBegin(isToMap, decoded);
    for (const chunk of held) this.#pass(chunk);
  }

  #map(): void {
    const { gzip, syntax, mapping } = this.#document;
    this.#stages = rewritingStages(gzip, syntax, mapping);
    for (const [index, stage] of this.#stages.entries()) {
      stage.on('error', (error) => this.#events.onError(error));
      const next = this.#stages[index + 1];
      if (next !== undefined) stage.pipe(next);
    }
    this.#stages.at(-1)?.on('data', (chunk: Buffer) => this.#events.onData(chunk));
    this.#stages.at(-1)?.on('end', () => this.#events.onEnd());
  }

  #pass(chunk: Buffer): void {
    const [first] = this.#stages;
    if (first === undefined) {
      this.#events.onData(chunk);
    } else if (!first.write(chunk)) {
      this.#source.pause();
      first.once('drain', () => this.#source.resume());
    }
  }
}

/** Bytes, as they come, in which a document's first link is looked for. Decoded they are 1 MiB at most. */
const PEEK_BYTES = 1024;

/** Judged by its beginning, so that most answers pass as they are. @returns `undefined` while more has to be seen */
export const needsRewriting = (
  beginning: Buffer,
  gzip: boolean,
  syntax: LinkSyntax,
  mapping: LinkMapping,
): boolean | undefined => {
  if (changesPaths(mapping)) return true;
  const start = beginning.subarray(0, PEEK_BYTES);
  const text = gzip ? decodeStart(start) : start.toString('latin1');
  return firstLinkNeedsMapping(text, syntax, mapping) ?? (beginning.length < PEEK_BYTES ? undefined : false);
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
