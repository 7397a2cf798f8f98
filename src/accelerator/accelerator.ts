import type { Socket } from 'node:net';
import type { OpenReadAhead, ReadAheadTerms } from '../proxy/listener/read-ahead.ts';
import { answerHead } from './answer-head.ts';
import { type PlainFields, readPlainRequest } from './plain-request.ts';
import { PlainWire, Slab, type WireConnection } from './plain-wire.ts';

/** Reads plain requests before Node's HTTP server does (README.md). */
export const openAccelerator: OpenReadAhead = (options) => {
  const terms: ConnectionTerms = { ...options, slab: new Slab(), heads: new WeakMap() };
  const connections = new Set<Connection>();
  return {
    take: (socket) => {
      const connection = new Connection(socket, terms, () => connections.delete(connection));
      connections.add(connection);
    },
    drain: () => {
      for (const connection of connections) connection.closeAfterAnswer();
    },
    closeIdle: () => {
      for (const { isAnswering, socket } of connections) if (!isAnswering) socket.destroy();
    },
    closeAll: () => {
      for (const { socket } of connections) socket.destroy();
    },
  };
};

/** What the connections of a listener share. */
interface ConnectionTerms extends ReadAheadTerms {
  readonly slab: Slab;
  /** Of status 200, on connections that go on, by the list itself: a stored report has the same one for a second. */
  readonly heads: WeakMap<readonly string[], string>;
}

/** Node's own grace for requests that are on their way when the keep-alive time ends. */
const KEEP_ALIVE_GRACE_MS = 1000;

/**
 * A caller's connection for as long as nothing but plain requests come, one after the other. With the first bytes that
 * are anything else, or that come before the answer to the last request is written, Node's HTTP server gets the
 * connection.
 */
class Connection implements WireConnection {
  readonly socket: Socket;
  readonly #terms: ConnectionTerms;
  readonly #onGone: () => void;
  readonly #peer: string | undefined;
  #keepAlive = true;
  #hasAsked = false;
  #fields: PlainFields | undefined;
  /** Of the answer under way. */
  #wire: PlainWire | undefined;
  /** Something has come that is for Node's server. */
  #isLeaving = false;

  /** @param onGone called when it is closed or handed over */
  constructor(socket: Socket, terms: ConnectionTerms, onGone: () => void) {
    this.socket = socket;
    this.#peer = socket.remoteAddress;
    this.#terms = terms;
    this.#onGone = onGone;
    socket.setTimeout(terms.headersTimeoutMs);
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('timeout', this.#onTimeout);
    socket.on('end', this.#onEnd);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
  }

  get slab(): Slab {
    return this.#terms.slab;
  }

  get isAnswering(): boolean {
    return this.#wire !== undefined;
  }

  closeAfterAnswer(): void {
    if (this.isAnswering) this.#keepAlive = false;
  }

  head(status: number, fields: readonly string[]): string {
    const { heads } = this.#terms;
    const known = status === 200 && this.#keepAlive ? heads.get(fields) : undefined;
    if (known !== undefined) return known;
    const { text, closes } = answerHead(status, fields, this.#keepAlive, this.#terms);
    if (closes) this.#keepAlive = false;
    else if (status === 200) heads.set(fields, text);
    return text;
  }

  onWritten(): void {
    if (this.socket.writableLength > 0) this.#allow(this.#terms.writeTimeoutMs);
  }

  onAnswered(): void {
    const { keepAliveTimeoutMs } = this.#terms;
    this.#wire = undefined;
    if (!this.#keepAlive) {
      // Left unread, what still comes would reset the connection before the answer is read (RFC 9112 §9.6).
      this.socket.resume();
      this.socket.destroySoon();
      return;
    }
    this.#allow(keepAliveTimeoutMs === 0 ? 0 : keepAliveTimeoutMs + KEEP_ALIVE_GRACE_MS);
    if (this.#isLeaving) this.#handOver();
  }

  /**
   * How long nothing may happen. Node sees whether the kernel takes bytes, so that a slow but steady reader is not cut
   * off.
   */
  #allow(milliseconds: number): void {
    if (this.socket.timeout !== milliseconds) this.socket.setTimeout(milliseconds);
  }

  readonly #onData = (bytes: Buffer): void => {
    const { socket } = this;
    // Nothing behind the last request of a connection is looked at.
    if (!this.#keepAlive) return;
    if (this.#wire === undefined && this.#isServed(bytes)) return;
    socket.off('data', this.#onData);
    socket.pause();
    socket.unshift(bytes);
    this.#isLeaving = true;
    if (this.#wire === undefined) this.#handOver();
  };

  #isServed(bytes: Buffer): boolean {
    if (!this.#terms.accepts(this.socket)) return false;
    const request = readPlainRequest(bytes, this.#fields);
    if (request === undefined) return false;
    const { target, fields } = request;
    this.#fields = fields;
    this.#keepAlive = fields.keepAlive;
    this.#hasAsked = true;
    const wire = new PlainWire(this);
    this.#wire = wire;
    // The next request may have the same fields, and tracing writes into the head of this one.
    const head = { ...fields.head };
    const asked = { method: 'GET', target, head, fields: fields.raw, peer: this.#peer };
    if (this.#terms.serve(asked, wire)) return true;
    this.#wire = undefined;
    this.#keepAlive = true;
    return false;
  }

  /**
   * The stream looks for more to read at the end of this turn, because of what it has given us; whoever has it then
   * may have paused it. So Node's server gets the socket after that, paused and with all bytes in it: as if nothing
   * had been read.
   */
  #handOver(): void {
    setImmediate(() => {
      const { socket } = this;
      if (socket.destroyed) return;
      socket.off('drain', this.#onDrain);
      socket.off('timeout', this.#onTimeout);
      socket.off('end', this.#onEnd);
      socket.off('error', ignore);
      socket.off('close', this.#onClose);
      socket.setTimeout(0);
      this.#onGone();
      this.#terms.handOver(socket);
    });
  }

  readonly #onDrain = (): void => this.#wire?.onDrain();

  readonly #onTimeout = (): void => {
    const { socket } = this;
    if (socket.writableLength > 0) socket.destroy();
    else if (this.#wire === undefined && this.#hasAsked) socket.destroy();
    else if (this.#wire === undefined) this.#terms.onTimeout(socket);
  };

  /** As Node's server does: a caller who will send nothing more gets nothing more. */
  readonly #onEnd = (): void => {
    this.socket.end();
  };

  readonly #onClose = (): void => {
    this.#onGone();
    this.#wire?.onLost();
  };
}

const ignore = (): void => {};
