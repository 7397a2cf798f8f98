import { OriginError } from './origin-error.ts';

const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_BYTES = 16_384;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const LF = 0x0a;

/** Decodes `Transfer-Encoding: chunked` (RFC 9112 §7.1). Extensions and trailers are read over. */
export class ChunkedBody {
  readonly #onPiece: (piece: Buffer) => void;
  #phase: 'size' | 'data' | 'data-end' | 'trailer' | 'complete' = 'size';
  #line = '';
  #remaining = 0;
  #trailerBytes = 0;

  /** @param onPiece gets each piece of the body, as a view of the bytes given */
  constructor(onPiece: (piece: Buffer) => void) {
    this.#onPiece = onPiece;
  }

  get isComplete(): boolean {
    return this.#phase === 'complete';
  }

  /** @returns how many bytes were used; fewer than given only once complete @throws {OriginError} `INVALID_ANSWER` */
  execute(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#phase !== 'complete') {
      at = this.#phase === 'data' ? this.#data(bytes, at) : this.#lineOf(bytes, at);
    }
    return at;
  }

  #data(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#remaining);
    this.#remaining -= end - at;
    if (this.#remaining === 0) this.#phase = 'data-end';
    this.#onPiece(bytes.subarray(at, end));
    return end;
  }

  #lineOf(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at);
    this.#line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
    if (this.#line.length > MAX_LINE_BYTES) throw invalid('a line too long');
    if (end === -1) return bytes.length;
    if (!this.#line.endsWith('\r')) throw invalid('a bare line feed');
    const line = this.#line.slice(0, -1);
    this.#line = '';
    this.#take(line);
    return end + 1;
  }

  #take(line: string): void {
    if (this.#phase === 'size') {
      const size = CHUNK_SIZE.exec(line)?.[1];
      if (size === undefined) throw invalid('an invalid chunk size');
      this.#remaining = Number.parseInt(size, 16);
      this.#phase = this.#remaining === 0 ? 'trailer' : 'data';
    } else if (this.#phase === 'data-end') {
      if (line !== '') throw invalid('a chunk longer than it says');
      this.#phase = 'size';
    } else if (line === '') {
      this.#phase = 'complete';
    } else {
      this.#trailerBytes += line.length;
      if (this.#trailerBytes > MAX_TRAILER_BYTES) throw invalid('too many trailers');
    }
  }
}

const invalid = (what: string): OriginError =>
  new OriginError('INVALID_ANSWER', `The chunked answer has ${what}.`);
