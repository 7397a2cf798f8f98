import { createGunzip, type Gunzip } from 'node:zlib';
import type { EpochMs } from '../../base/units.ts';
import type { FlightSink, InterimAnswer } from '../../cache/store/flight.ts';
import { gunzipAtOnce } from '../../cache/store/gunzip.ts';
import { entityTags } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/fields.ts';
import { matchesIfNoneMatch } from '../../http/validators.ts';
import type { Answer, FlightAnswer, ReportHead, StoredAnswer } from './answer.ts';
import { acceptsGzip, MAX_DECODED_BYTES } from './encoding.ts';
import type { Exchange } from './exchange.ts';
import { type Problem, type ProblemName, problemReply } from './problem.ts';
import { forCallerOnly, withoutHeaders } from './response-headers.ts';
import { NOT_IN_304, storedReply } from './stored-answer.ts';
import type { Wire, WireWatcher } from './wire.ts';

/** Gives one caller the answer: at its pace, decoded if it takes no gzip, without a body for HEAD. */
export class Sender implements FlightSink<ReportHead>, WireWatcher {
  readonly exchange: Exchange;
  readonly #wire: Wire;
  readonly #now: () => EpochMs;
  #answer: FlightAnswer | undefined;
  /** Of a flight's answer: waits for the first bytes, to leave with them. */
  #waitingHead: string[] | undefined;
  /** The declared length of a flight's body; NaN if there is none. */
  #length = Number.NaN;
  #decodes = false;
  #head: ReportHead | undefined;
  /** Made for the first bytes: of none, a decoder would say that they are cut short. */
  #gunzip: Gunzip | undefined;
  #ended = false;

  constructor(exchange: Exchange, wire: Wire, now: () => EpochMs) {
    this.exchange = exchange;
    this.#wire = wire;
    this.#now = now;
    wire.watch(this);
  }

  send(answer: Answer): void {
    if (answer.kind === 'stored') this.#sendStored(answer);
    else if (answer.kind === 'problem') this.#sendProblem(answer.problem);
    else this.#follow(answer);
  }

  #sendProblem(problem: Problem): void {
    const { exchange } = this;
    exchange.problem = problem.name;
    const { fields, body } = problemReply(problem, String(exchange.id));
    this.#sendWhole(problem.status, fields, body);
  }

  #sendStored(answer: StoredAnswer): void {
    const { exchange } = this;
    exchange.cache = answer.cache;
    exchange.insteadOf = answer.insteadOf;
    const { status, fields, body, decode } = storedReply(exchange.head, answer, this.#now(), exchange.isHead);
    if (!decode || exchange.isHead) {
      this.#sendWhole(status, fields, body);
      return;
    }
    this.#begin(status, fields);
    this.#gunzip = this.#decoder();
    this.#gunzip.end(body);
  }

  /** Problems have their length told to HEAD as well, but are not sent. */
  #sendWhole(status: number, fields: readonly string[], body: Buffer | string): void {
    const sent = this.exchange.isHead ? '' : body;
    this.exchange.bytes = sent.length;
    this.#begin(status, fields);
    this.#end(sent);
  }

  #begin(status: number, fields: readonly string[]): void {
    this.exchange.status = status;
    this.#wire.begin(status, this.exchange.caller === undefined ? fields : forCallerOnly(fields));
  }

  #end(last: Buffer | string): void {
    this.#ended = true;
    this.#wire.end(last);
  }

  #follow(answer: FlightAnswer): void {
    this.#answer = answer;
    this.exchange.cache = answer.cache;
    answer.flight.join(this);
    answer.send?.();
  }

  interim({ status, headers }: InterimAnswer): void {
    if (this.#answer !== undefined) this.#wire.interim(status, headers);
  }

  head(head: ReportHead): void {
    const { exchange } = this;
    exchange.upstreamMs = head.upstreamDuration;
    const told = this.#answer?.headed(head) ?? '';
    if (typeof told !== 'string') {
      this.#leave();
      this.send(told);
      return;
    }
    exchange.status = head.status;
    this.#decodes = head.gzip && !acceptsGzip(exchange.head.acceptEncoding);
    const fields = this.#decodes ? decodedHeaders(head.headers) : [...head.headers];
    fields.push('Cache-Status', told);
    if (exchange.isHead) {
      this.#leave();
      this.#sendWhole(head.status, fields, '');
      return;
    }
    this.#head = head;
    this.#length = Number(rawHeaders(head.headers)('content-length') ?? Number.NaN);
    this.#waitingHead = fields;
  }

  /** Mostly head and body leave together; where the body takes its time, the head is sent first. */
  lull(): void {
    if (this.#answer === undefined || this.#waitingHead === undefined) return;
    this.#beginFlight();
    this.#wire.flush();
  }

  #beginFlight(): void {
    const fields = this.#waitingHead;
    if (fields === undefined) return;
    this.#waitingHead = undefined;
    this.#begin(this.exchange.status, fields);
  }

  data(piece: Buffer): boolean {
    if (this.#answer === undefined) return true;
    if (this.#isUnmodified(piece)) return true;
    if (this.#decodes) return this.#decode(piece);
    this.#beginFlight();
    this.exchange.bytes += piece.length;
    if (this.exchange.bytes !== this.#length) return this.#wire.write(piece);
    this.#end(piece);
    return true;
  }

  /** What is all there before its head leaves tells its entity tag, and is not sent to a caller who has it. */
  #isUnmodified(piece: Buffer): boolean {
    const [head, fields] = [this.#head, this.#waitingHead];
    if (head?.status !== 200 || head.storedFor === undefined) return false;
    if (fields === undefined || piece.length !== this.#length) return false;
    const tags = entityTags(piece, head.gzip, rawHeaders(head.headers)('etag'));
    const etag = tags[this.#decodes ? 'decoded' : 'stored'];
    const tagged = [...withoutHeaders(fields, 'etag'), 'ETag', etag];
    const { ifNoneMatch } = this.exchange.head;
    if (ifNoneMatch !== undefined && matchesIfNoneMatch(ifNoneMatch, etag)) {
      this.#waitingHead = undefined;
      this.#sendWhole(304, withoutHeaders(tagged, ...NOT_IN_304), '');
      return true;
    }
    this.#waitingHead = tagged;
    return false;
  }

  #decode(piece: Buffer): boolean {
    const fields = this.#waitingHead;
    const isWhole = fields !== undefined && piece.length === this.#length;
    const decoded = isWhole ? (this.#head?.decoded ?? gunzipAtOnce(piece, MAX_DECODED_BYTES)) : undefined;
    if (decoded !== undefined) {
      fields?.push('Content-Length', String(decoded.length));
      this.#beginFlight();
      this.exchange.bytes = decoded.length;
      this.#end(decoded);
      return true;
    }
    this.#beginFlight();
    this.#gunzip ??= this.#decoder();
    return this.#gunzip.write(piece);
  }

  #decoder(): Gunzip {
    const gunzip = createGunzip();
    gunzip.on('data', (piece: Buffer) => {
      this.exchange.bytes += piece.length;
      if (!this.#wire.write(piece)) gunzip.pause();
    });
    gunzip.on('drain', () => this.#answer?.flight.ready(this));
    gunzip.on('end', () => this.#end(''));
    gunzip.on('error', () => this.#tear('upstream-invalid'));
    return gunzip;
  }

  onDrain(): void {
    if (this.#gunzip === undefined) this.#answer?.flight.ready(this);
    else this.#gunzip.resume();
  }

  end(): void {
    if (this.#answer === undefined || this.#ended) return;
    if (this.#gunzip !== undefined) {
      this.#gunzip.end();
      return;
    }
    this.#beginFlight();
    this.#end('');
  }

  fail(error: Error): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    const problem = answer.problemOf(error);
    if (this.exchange.status !== 0) {
      this.#tear(problem.name);
      return;
    }
    this.#leave();
    this.send(answer.instead(problem));
  }

  /** Only a broken connection tells the caller that the body is not whole. */
  #tear(problem: ProblemName): void {
    this.exchange.problem = problem;
    this.#wire.destroy();
  }

  onClosed(): void {
    // Whoever has got all of it does not call the flight off, which may have to be stored yet.
    if (this.#ended) this.#answer = undefined;
    else this.#leave();
    this.exchange.close(this.#wire.isComplete);
  }

  /** The flight's answer is of no more use to this caller. */
  #leave(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#gunzip?.destroy();
    answer?.flight.leave(this);
  }
}

/** Without its coding it is other bytes, so a strong validator becomes a weak one (RFC 9110 §8.8.1). */
const decodedHeaders = (headers: readonly string[]): string[] => {
  const decoded = withoutHeaders(headers, 'content-encoding', 'content-length', 'etag', 'accept-ranges');
  const etag = rawHeaders(headers)('etag');
  if (etag !== undefined) decoded.push('ETag', etag.startsWith('W/') ? etag : `W/${etag}`);
  return decoded;
};
