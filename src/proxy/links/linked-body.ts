import type { Duplex } from 'node:stream';
import { gunzipAtOnce } from '../../cache/store/gunzip.ts';
import { MAX_DECODED_BYTES } from '../answer/encoding.ts';
import { documentNeedsRewriting, needsRewriting, rewritingStages } from './link-rewriting.ts';
import { changesPaths, type LinkMapping, type LinkSyntax } from './links.ts';

/** Where a body comes from. */
interface Source {
  pause(): void;
  resume(): void;
}

interface LinkedBodyEvents {
  /**
   * It is known whether links are mapped, so that the bytes are others than those that came.
   * @param decoded the whole body, if it had to be decoded to know and goes on as it is
   */
  onBegin(areMapped: boolean, decoded: Buffer | undefined): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** What was to be rewritten could not be read. */
  onError(error: Error): void;
}

/** A body that may hold links. It is held back until its first bytes show whether they have to be mapped. */
export class LinkedBody {
  readonly #syntax: LinkSyntax;
  readonly #gzip: boolean;
  readonly #length: number;
  readonly #mapping: LinkMapping;
  readonly #source: Source;
  readonly #events: LinkedBodyEvents;
  #held: Buffer[] | undefined = [];
  /** That it goes through, if its links are mapped. */
  #stages: readonly Duplex[] = [];

  /** @param length as declared; NaN if it is not */
  constructor(
    syntax: LinkSyntax,
    gzip: boolean,
    length: number,
    mapping: LinkMapping,
    source: Source,
    events: LinkedBodyEvents,
  ) {
    this.#syntax = syntax;
    this.#gzip = gzip;
    this.#length = length;
    this.#mapping = mapping;
    this.#source = source;
    this.#events = events;
  }

  write(chunk: Buffer): void {
    if (this.#held === undefined) {
      this.#pass(chunk);
      return;
    }
    this.#held.push(chunk);
    const whole = this.#held.length === 1 ? this.#decodedWhole(chunk) : undefined;
    if (whole !== undefined) {
      const isToMap = documentNeedsRewriting(whole, this.#syntax, this.#mapping);
      this.#letGo(isToMap, isToMap ? undefined : whole);
      return;
    }
    const beginning = this.#held.length === 1 ? chunk : Buffer.concat(this.#held);
    // More may have to be seen: a first piece may be as small as the header that a gzip encoder writes at once.
    const isToMap = needsRewriting(beginning, this.#gzip, this.#syntax, this.#mapping);
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
    if (!this.#gzip || changesPaths(this.#mapping) || this.#length !== chunk.length) return undefined;
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
    this.#stages = rewritingStages(this.#gzip, this.#syntax, this.#mapping);
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
