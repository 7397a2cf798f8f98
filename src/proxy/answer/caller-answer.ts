import { createGunzip, type Gunzip } from 'node:zlib';
import type { Flight, FlightSink, InterimAnswer } from '../../cache/store/flight.ts';
import { gunzipAtOnce } from '../../cache/store/small-gzip.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import { BackgroundSink } from '../reports/flights.ts';
import type { ReportHead } from '../reports/report-head.ts';
import { acceptsGzip, MAX_DECODED_BYTES } from './encoding.ts';
import type { Exchange } from './exchange.ts';
import type { ProblemName } from './problem.ts';
import { type CallerResponse, isCopied, type ReplyWatcher } from './reply.ts';
import { withoutHeaders } from './response-headers.ts';

/** What the gateway decides about a flight's answer before a caller gets it. */
export interface CallerAnswerPolicy {
  /** Takes the head over, to answer otherwise (a stale copy, a fetch of its own). @returns whether it did */
  divert(head: ReportHead): boolean;
  /** Answers in place of a flight that failed before its head came. */
  failed(error: Error): void;
  /** What a failure is called that comes after the head. */
  nameOf(error: Error): ProblemName;
  cacheStatus(head: ReportHead): string;
  /** The caller stopped reading for too long. */
  readonly writeTimeoutMs: number;
}

/** Writes a flight's answer to one caller: at the caller's pace, decoded if it does not take gzip. */
export class CallerAnswer implements FlightSink<ReportHead>, ReplyWatcher {
  readonly #exchange: Exchange;
  readonly #policy: CallerAnswerPolicy;
  #flight: Flight<ReportHead> | undefined;
  #status = 0;
  /** Of the head that waits for the first bytes. */
  #headers: string[] | undefined;
  /** The declared length of what comes; NaN if there is none. */
  #length = Number.NaN;
  #decodes = false;
  #ended = false;
  /** The whole body, if somebody has decoded it already. */
  #decoded: Buffer | undefined;
  /** Made for the first bytes: of none, a decoder would say that they are cut short. */
  #gunzip: Gunzip | undefined;
  #blocked = false;
  #done = false;

  constructor(exchange: Exchange, policy: CallerAnswerPolicy) {
    this.#exchange = exchange;
    this.#policy = policy;
    exchange.reply.watch(this);
  }

  /** @returns `false` if the flight cannot be joined any more */
  join(flight: Flight<ReportHead>): boolean {
    this.#flight = flight;
    if (flight.join(this)) return true;
    this.#leave();
    return false;
  }

  /** RFC 9110 §15.2: a proxy forwards interim answers, save to HTTP/1.0 callers, who know none. */
  interim({ status, headers }: InterimAnswer): void {
    if (!this.#done) this.#exchange.reply.interim(status, headers);
  }

  head(head: ReportHead): void {
    const { isHead } = this.#exchange;
    this.#exchange.upstreamMs = head.upstreamDuration;
    if (this.#policy.divert(head)) {
      this.#leave();
      return;
    }
    this.#status = head.status;
    const decode = head.gzip && !acceptsGzip(this.#exchange.head.acceptEncoding);
    const headers = decode ? decodedHeaders(head.headers) : [...head.headers];
    headers.push('Cache-Status', this.#policy.cacheStatus(head));
    if (isHead) {
      // The report is worth having for the next caller, if it can be stored.
      if (head.storedFor !== undefined && this.#flight !== undefined) new BackgroundSink(this.#flight);
      this.#leave();
      this.#exchange.answerWith(head.status, headers, '');
      return;
    }
    this.#decodes = decode;
    this.#decoded = head.decoded;
    this.#length = Number(rawHeaders(head.headers)('content-length') ?? Number.NaN);
    this.#headers = headers;
  }

  /** Mostly head and body arrive and leave together; a report that takes its time in between has its head sent first. */
  lull(): void {
    if (this.#done || this.#headers === undefined) return;
    this.#begun().flushHeaders();
  }

  /** The response, with its head on its way. */
  #begun(): CallerResponse {
    const { response } = this.#exchange;
    if (this.#headers !== undefined) {
      response.writeHead(this.#status, this.#headers);
      this.#headers = undefined;
    }
    return response;
  }

  data(chunk: Buffer): boolean {
    if (this.#done) return true;
    if (this.#decodes) return this.#decode(chunk);
    this.#exchange.bytes += chunk.length;
    if (this.#exchange.bytes === this.#length) {
      this.#endWith(chunk);
      return true;
    }
    return this.#write(chunk);
  }

  #decode(chunk: Buffer): boolean {
    const headers = this.#headers;
    if (headers !== undefined && chunk.length === this.#length) {
      const decoded = this.#decoded ?? gunzipAtOnce(chunk, MAX_DECODED_BYTES);
      if (decoded !== undefined) {
        headers.push('Content-Length', String(decoded.length));
        this.#endWhole(headers, decoded);
        return true;
      }
    }
    this.#gunzip ??= this.#decoder();
    return this.#gunzip.write(chunk);
  }

  #endWhole(headers: string[], body: Buffer): void {
    this.#ended = true;
    this.#headers = undefined;
    this.#exchange.bytes = body.length;
    this.#exchange.reply.whole(this.#status, headers, body);
  }

  /** The last of a body whose length was told. */
  #endWith(chunk: Buffer): void {
    const headers = this.#headers;
    if (headers === undefined || !isCopied(chunk)) {
      this.#ended = true;
      this.#begun().end(chunk);
    } else {
      this.#endWhole(headers, chunk);
    }
  }

  end(): void {
    if (this.#done) return;
    if (this.#gunzip !== undefined) this.#gunzip.end();
    else if (!this.#ended) this.#endBare();
  }

  get #isEmpty(): boolean {
    return this.#length === 0 && !this.#decodes;
  }

  /** Nothing is left to be sent but the end, or there never was a body. */
  #endBare(): void {
    const headers = this.#headers;
    if (headers === undefined || !(this.#isEmpty || isBodiless(this.#status))) {
      this.#begun().end();
    } else {
      this.#headers = undefined;
      this.#exchange.reply.whole(this.#status, headers, '');
    }
  }

  fail(error: Error): void {
    if (this.#done) return;
    if (this.#status === 0) {
      this.#leave();
      this.#policy.failed(error);
      return;
    }
    this.#exchange.tear(this.#policy.nameOf(error));
  }

  #write(chunk: Buffer): boolean {
    if (this.#begun().write(chunk)) return true;
    this.#awaitDrain(() => this.#flight?.ready(this));
    return false;
  }

  #decoder(): Gunzip {
    const gunzip = createGunzip();
    const response = this.#begun();
    gunzip.on('data', (chunk: Buffer) => {
      this.#exchange.bytes += chunk.length;
      if (response.write(chunk)) return;
      gunzip.pause();
      this.#awaitDrain(() => gunzip.resume());
    });
    gunzip.on('drain', () => this.#flight?.ready(this));
    gunzip.on('end', () => response.end());
    gunzip.on('error', () => this.#exchange.tear('upstream-invalid'));
    return gunzip;
  }

  /** Node's socket time-out sees whether the kernel still takes bytes, so that a slow but steady reader is not cut off. */
  #awaitDrain(resume: () => void): void {
    if (this.#blocked) return;
    this.#blocked = true;
    const { response } = this.#exchange;
    const { socket } = response;
    const giveUp = () => response.destroy();
    socket?.setTimeout(this.#policy.writeTimeoutMs, giveUp);
    response.once('drain', () => {
      this.#blocked = false;
      socket?.setTimeout(0, giveUp);
      resume();
    });
  }

  onClosed(): void {
    this.#leave();
    this.#exchange.closed(this.#status);
  }

  #leave(): void {
    if (this.#done) return;
    this.#done = true;
    this.#exchange.reply.unwatch(this);
    this.#gunzip?.destroy();
    this.#flight?.leave(this);
  }
}

/** RFC 9110 §6.4.1. */
const isBodiless = (status: number): boolean => status === 204 || status === 304;

/** The head of the same report without its coding: other bytes, so a strong validator becomes a weak one (RFC 9110 §8.8.1). */
const decodedHeaders = (headers: readonly string[]): string[] => {
  const decoded = withoutHeaders(headers, 'content-encoding', 'content-length', 'etag', 'accept-ranges');
  const etag = rawHeaders(headers)('etag');
  if (etag !== undefined) decoded.push('ETag', etag.startsWith('W/') ? etag : `W/${etag}`);
  return decoded;
};
