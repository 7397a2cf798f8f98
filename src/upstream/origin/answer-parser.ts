import { ChunkedBody } from './chunked-body.ts';
import type { FieldLines } from './field-lines.ts';
import { type ParsedHead, parseHead } from './head-parser.ts';
import { OriginError } from './origin-error.ts';

/** What the parser tells, in order; see {@link AnswerParser}. */
export interface AnswerEvents {
  /** An interim answer (1xx) other than 100. */
  onInterim?(head: ParsedHead): void;
  onHead(head: ParsedHead): void;
  /** A piece of the body, as a view of the bytes given. */
  onBody(piece: Buffer): void;
  /** The answer is complete. */
  onComplete(): void;
}

const MAX_HEAD_BYTES = 32_768;
/** Interim answers before the answer. Go's client bounds them as well: they cost memory wherever somebody waits for the end of them. */
const MAX_INTERIM_ANSWERS = 16;
const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/** Parses one answer after another from the bytes of a connection. It keeps no bytes of what is given, save of a cut head. */
export class AnswerParser {
  readonly #events: AnswerEvents;
  readonly #lines: FieldLines;
  #phase: 'head' | 'length' | 'chunked' | 'until-close' | 'complete' = 'head';
  #cutHead: Buffer | undefined;
  #remaining = 0;
  #interimAnswers = 0;
  #chunked: ChunkedBody | undefined;

  constructor(events: AnswerEvents, lines: FieldLines) {
    this.#events = events;
    this.#lines = lines;
  }

  /** Whether any byte of the next answer has come. */
  get isUntouched(): boolean {
    return this.#phase === 'head' && this.#cutHead === undefined;
  }

  /** Ready for the answer to the next request. */
  reset(): void {
    this.#phase = 'head';
    this.#cutHead = undefined;
    this.#chunked = undefined;
    this.#interimAnswers = 0;
  }

  /**
   * Takes bytes as they came. @throws {OriginError} for what is not a valid answer, and for bytes after its end
   */
  execute(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      switch (this.#phase) {
        case 'head':
          rest = this.#head(rest);
          break;
        case 'length':
          rest = this.#lengthBody(rest);
          break;
        case 'chunked':
          rest = this.#chunkedBody(rest);
          break;
        case 'until-close':
          this.#events.onBody(rest);
          return;
        case 'complete':
          throw new OriginError('INVALID_ANSWER', 'There are bytes after the end of the answer.');
      }
    }
  }

  /** The connection has ended. @throws {OriginError} if that tears the answer */
  finish(): void {
    if (this.#phase !== 'until-close') {
      throw new OriginError('CONNECTION_LOST', 'The connection ended before the answer did.');
    }
    this.#complete();
  }

  #head(bytes: Buffer): Buffer {
    const all = this.#cutHead === undefined ? bytes : Buffer.concat([this.#cutHead, bytes]);
    const end = all.indexOf(HEAD_END);
    if (end > MAX_HEAD_BYTES || (end === -1 && all.length > MAX_HEAD_BYTES)) {
      throw new OriginError(
        'HEAD_TOO_LARGE',
        `The head of the answer is larger than ${MAX_HEAD_BYTES} bytes.`,
      );
    }
    if (end === -1) {
      // A copy: the bytes given are lent.
      this.#cutHead = Buffer.from(all);
      return all.subarray(all.length);
    }
    this.#cutHead = undefined;
    const head = parseHead(all.toString('latin1', 0, end), this.#lines);
    const rest = all.subarray(end + HEAD_END.length);
    if (head.status === 101)
      throw new OriginError('INVALID_ANSWER', 'The answer switches protocols unasked.');
    if (head.status < 200) {
      if (++this.#interimAnswers > MAX_INTERIM_ANSWERS)
        throw new OriginError('INVALID_ANSWER', 'There are too many interim answers.');
      if (head.status !== 100) this.#events.onInterim?.(head);
      return rest;
    }
    this.#begin(head);
    return rest;
  }

  #begin(head: ParsedHead): void {
    this.#events.onHead(head);
    switch (head.framing.kind) {
      case 'none':
        this.#complete();
        return;
      case 'length':
        this.#remaining = head.framing.length;
        this.#phase = 'length';
        return;
      case 'chunked':
        this.#chunked = new ChunkedBody((piece) => this.#events.onBody(piece));
        this.#phase = 'chunked';
        return;
      case 'until-close':
        this.#phase = 'until-close';
    }
  }

  #lengthBody(bytes: Buffer): Buffer {
    const whole = bytes.length <= this.#remaining;
    const piece = whole ? bytes : bytes.subarray(0, this.#remaining);
    this.#remaining -= piece.length;
    this.#events.onBody(piece);
    if (this.#remaining === 0) this.#complete();
    return whole ? NOTHING : bytes.subarray(piece.length);
  }

  #chunkedBody(bytes: Buffer): Buffer {
    const chunked = this.#chunked;
    if (chunked === undefined) return bytes;
    const used = chunked.execute(bytes);
    if (chunked.isComplete) this.#complete();
    return bytes.subarray(used);
  }

  #complete(): void {
    this.#phase = 'complete';
    this.#events.onComplete();
  }
}
