import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ItemQueue } from '../../base/item-queue.ts';
import { type AnswerEvents, AnswerParser } from './answer-parser.ts';
import type { FieldLines } from './field-lines.ts';
import type { ParsedHead } from './head-parser.ts';
import { OriginError } from './origin-error.ts';
import type { PendingRequest } from './pending-request.ts';
import { ReadBuffer, type ReadBuffers } from './read-buffers.ts';

/** Where and how to connect. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** Absent for plain HTTP. */
  readonly tls?: { readonly servername: string; readonly ca?: readonly string[] };
}

export interface ConnectionEvents {
  /** It can take a request. */
  onIdle(connection: OriginConnection): void;
  /** It is gone. A request on it has been told. */
  onClosed(connection: OriginConnection): void;
}

/** What the connections of a client share. */
export interface ConnectionShares {
  readonly buffers: ReadBuffers;
  readonly lines: FieldLines;
  /** Those whose request is to be written. */
  readonly writes: ItemQueue<OriginConnection>;
}

/** Pieces up to this size are copied, which costs less than lending them. */
const MAX_COPIED_BYTES = 512;

/** One connection to the origin: one request at a time, never pipelined. Anything unexpected ends it. */
export class OriginConnection implements AnswerEvents {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #parser: AnswerParser;
  readonly #shares: ConnectionShares;
  #buffer: ReadBuffer;
  #request: PendingRequest | undefined;
  #connected = false;
  #complete = false;
  #persistent = true;
  #answers = 0;
  #stale = false;
  #closed = false;

  constructor(target: ConnectionTarget, shares: ConnectionShares, events: ConnectionEvents) {
    this.#events = events;
    this.#shares = shares;
    this.#parser = new AnswerParser(this, shares.lines);
    this.#buffer = new ReadBuffer(shares.buffers);
    this.#socket = this.#open(target);
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, 30_000);
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('close', () => this.#end(undefined));
  }

  #open({ host, port, tls }: ConnectionTarget): Socket {
    if (tls !== undefined) {
      const socket = connectTls({
        host,
        port,
        servername: tls.servername,
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: true,
        ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
      });
      socket.once('secureConnect', () => this.#onConnected());
      // Decrypted data comes in memory of its own, which is nobody else's.
      socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
      return socket;
    }
    const socket = connectTcp({
      host,
      port,
      onread: {
        buffer: () => this.#readBuffer(),
        callback: (length, buffer) => {
          this.#onBytes((buffer as Buffer).subarray(0, length));
          return true;
        },
      },
    });
    socket.once('connect', () => this.#onConnected());
    return socket;
  }

  /** Whether it was lost under a request after it had served others, before any byte of the answer: it was dead already. */
  get wasStale(): boolean {
    return this.#stale;
  }

  /** Sends the request now, or once connected. */
  send(request: PendingRequest): void {
    this.#request = request;
    this.#complete = false;
    if (this.#connected) this.#write(request);
  }

  /** Writes its request, which may have been given up meanwhile. */
  write(): void {
    if (this.#request !== undefined) this.#socket.write(this.#request.head, 'latin1');
  }

  /** The request on it, if it is still on it, is not wanted any more; the connection cannot be used again then. */
  abandon(request: PendingRequest): void {
    if (this.#request !== request) return;
    this.#request = undefined;
    this.#end(undefined);
  }

  pause(request: PendingRequest): void {
    if (this.#request === request) this.#socket.pause();
  }

  resume(request: PendingRequest): void {
    if (this.#request === request) this.#socket.resume();
  }

  /** Ends it with this reason for the request on it. */
  destroy(reason: Error): void {
    this.#end(reason);
  }

  onInterim(head: ParsedHead): void {
    this.#request?.onInterim(head);
  }

  onHead(head: ParsedHead): void {
    this.#persistent = head.persistent;
    this.#request?.onHead(head);
  }

  onBody(piece: Buffer): void {
    const request = this.#request;
    if (request === undefined) return;
    if (!this.#isLentMemory(piece)) request.onData(piece);
    else if (piece.length <= MAX_COPIED_BYTES) request.onData(Buffer.from(piece));
    else request.onData(piece, this.#buffer.lend());
  }

  onComplete(): void {
    this.#complete = true;
  }

  #isLentMemory(piece: Buffer): boolean {
    return piece.buffer === this.#buffer.bytes.buffer;
  }

  /** For each read: the same memory again, unless pieces of it are still out. */
  #readBuffer(): Buffer {
    if (this.#buffer.isLent) {
      this.#buffer.retire();
      this.#buffer = new ReadBuffer(this.#shares.buffers);
    }
    return this.#buffer.bytes;
  }

  #onConnected(): void {
    this.#connected = true;
    if (this.#request === undefined) this.#events.onIdle(this);
    else this.#write(this.#request);
  }

  #write(request: PendingRequest): void {
    request.onSent();
    this.#shares.writes.add(this);
  }

  #onBytes(bytes: Buffer): void {
    if (this.#closed) return;
    if (this.#request === undefined) {
      // Nobody asked: a stray answer must never meet a later request.
      this.#end(undefined);
      return;
    }
    try {
      this.#parser.execute(bytes);
    } catch (error) {
      this.#end(
        error instanceof Error ? error : new OriginError('INVALID_ANSWER', 'The answer cannot be parsed.'),
      );
      return;
    }
    // Whoever took the head may have given the request up, and the connection with it.
    if (this.#closed) return;
    if (this.#complete) this.#finish();
    else this.#request.onLull();
  }

  /** Only now, when all bytes that came have been looked at, may the next request have the connection. */
  #finish(): void {
    const request = this.#request;
    this.#request = undefined;
    this.#complete = false;
    this.#answers++;
    this.#parser.reset();
    if (this.#persistent) {
      this.#socket.resume();
      this.#events.onIdle(this);
    } else {
      this.#end(undefined);
    }
    request?.onEnd();
  }

  #onEnd(): void {
    if (this.#request !== undefined && !this.#closed) {
      try {
        this.#parser.finish();
        this.#persistent = false;
        this.#finish();
      } catch (error) {
        this.#end(error as Error);
      }
    } else {
      this.#end(undefined);
    }
  }

  #end(reason: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    const request = this.#request;
    this.#request = undefined;
    this.#stale = request?.waiting === 'head' && this.#answers > 0 && this.#parser.isUntouched;
    this.#buffer.retire();
    this.#socket.destroy();
    this.#events.onClosed(this);
    request?.onError(
      reason ?? new OriginError('CONNECTION_LOST', 'The connection ended before the answer did.'),
    );
  }
}
