import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';
import { ItemQueue } from '../../base/item-queue.ts';
import type { Milliseconds } from '../../base/units.ts';
import type { AnswerHandler, OriginRequest } from './answer-handler.ts';
import { FieldLines } from './field-lines.ts';
import { type ConnectionShares, type ConnectionTarget, OriginConnection } from './origin-connection.ts';
import { OriginError, type OriginErrorCode } from './origin-error.ts';
import { PendingRequest, type Waiting } from './pending-request.ts';
import { ReadBuffers } from './read-buffers.ts';
import { RequestHeads } from './request-heads.ts';
import { Slots } from './slots.ts';

export interface OriginClientOptions {
  /** Scheme, host and port. Nothing of a request ever changes where it goes. */
  readonly origin: URL;
  readonly maxConnections: number;
  /** Until a new connection is there, TLS included, and the request is on it. */
  readonly connectTimeout: Milliseconds;
  /** Until the head of the answer is complete. */
  readonly headersTimeout: Milliseconds;
  /** Longest pause within the body. */
  readonly bodyIdleTimeout: Milliseconds;
  /** PEM certificates to trust besides those that Node.js trusts. */
  readonly additionalCa?: readonly string[];
}

/** Requests that may wait for a connection, for each one that there is. */
const QUEUE_PER_CONNECTION = 64;

/** Time-outs are looked after in sweeps, so that a request costs no timer of its own: this is how late they may be. */
const LONGEST_SWEEP = 1_000;
const SHORTEST_SWEEP = 20;

const TIMEOUT_CODE: Readonly<Record<Exclude<Waiting, 'nothing'>, OriginErrorCode>> = {
  turn: 'QUEUE_TIMEOUT',
  connection: 'CONNECT_TIMEOUT',
  head: 'HEAD_TIMEOUT',
  body: 'BODY_TIMEOUT',
};

/**
 * A client for GETs to one origin over HTTP/1.1: kept connections, the last used first, one request at a time on each. It does what
 * this proxy needs and nothing else (no redirects, no bodies, no retries), because that is quicker and takes less memory: see docs/decisions/002 for the
 * figures and for what it refuses.
 */
export class OriginClient {
  readonly #options: OriginClientOptions;
  readonly #target: ConnectionTarget;
  readonly #heads: RequestHeads;
  readonly #shares: ConnectionShares = {
    buffers: new ReadBuffers(),
    lines: new FieldLines(),
    // At the end of the turn: docs/decisions/009.
    writes: new ItemQueue((connections) => {
      for (const connection of connections) connection.write();
    }, setImmediate),
  };
  readonly #connections = new Set<OriginConnection>();
  readonly #idle: OriginConnection[] = [];
  readonly #queue: PendingRequest[] = [];
  readonly #requests = new Slots<PendingRequest>();
  readonly #sweepLimits: Readonly<Record<Exclude<Waiting, 'nothing'>, number>>;
  readonly #sweepInterval: number;
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;
  /** Set once it is retired. */
  #onQuiet: (() => void) | undefined;

  constructor(options: OriginClientOptions) {
    const { origin, connectTimeout, headersTimeout, bodyIdleTimeout } = options;
    this.#options = options;
    this.#target = connectionTarget(options);
    this.#heads = new RequestHeads(origin.host);
    const shortest = Math.min(connectTimeout, headersTimeout, bodyIdleTimeout);
    this.#sweepInterval = Math.max(SHORTEST_SWEEP, Math.min(LONGEST_SWEEP, Math.floor(shortest / 4)));
    const sweeps = (timeout: Milliseconds) => Math.ceil(timeout / this.#sweepInterval);
    this.#sweepLimits = {
      // As long as those before it may take: a busy origin is not one that is out of reach.
      turn: sweeps(headersTimeout),
      connection: sweeps(connectTimeout),
      head: sweeps(headersTimeout),
      body: sweeps(bodyIdleTimeout),
    };
  }

  /** Sends a GET. Never throws; whatever goes wrong reaches the handler. */
  dispatch(request: OriginRequest, handler: AnswerHandler): void {
    let pending: PendingRequest;
    try {
      pending = new PendingRequest(this.#heads.of(request), handler, this.#onOver);
    } catch (error) {
      handler.onError(error as Error);
      return;
    }
    this.#requests.add(pending);
    pending.start();
    if (pending.isOver) return;
    if (this.#closed) pending.onError(new OriginError('CLOSED', 'The process is stopping.'));
    else this.#place(pending);
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#sweepInterval).unref();
  }

  /** Cuts everything that is open. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    const reason = new OriginError('CLOSED', 'The process is stopping.');
    for (const pending of this.#requests.all()) pending.onError(reason);
    for (const connection of [...this.#connections]) connection.destroy(reason);
  }

  /**
   * For an origin that is not asked any more: no connection is kept from now on. Nothing is cut and nothing refused, as some request may
   * still be on its way here.
   * @returns when no request is under way
   */
  async retire(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onQuiet = resolve;
    for (const idle of this.#idle.splice(0)) idle.destroy(new OriginError('CLOSED', 'Not needed any more.'));
    if (this.#requests.size > 0) await promise;
  }

  readonly #onOver = (pending: PendingRequest): void => {
    this.#requests.delete(pending);
    if (this.#onQuiet !== undefined && this.#requests.size === 0) this.#onQuiet();
  };

  #place(pending: PendingRequest): void {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      this.#assign(pending, idle);
    } else if (this.#connections.size < this.#options.maxConnections) {
      this.#assign(pending, this.#connect());
    } else if (this.#queue.length < QUEUE_PER_CONNECTION * this.#options.maxConnections) {
      this.#queue.push(pending);
    } else {
      pending.onError(new OriginError('QUEUE_FULL', 'Too many requests wait for a connection.'));
    }
  }

  #assign(pending: PendingRequest, connection: OriginConnection): void {
    pending.onTurn(connection);
    connection.send(pending);
  }

  #connect(): OriginConnection {
    const connection = new OriginConnection(this.#target, this.#shares, {
      onIdle: (it) => this.#onIdle(it),
      onClosed: (it) => this.#onClosed(it),
    });
    this.#connections.add(connection);
    return connection;
  }

  #onIdle(connection: OriginConnection): void {
    const next = this.#nextInQueue();
    if (next !== undefined) this.#assign(next, connection);
    else if (this.#onQuiet === undefined) this.#idle.push(connection);
    else connection.destroy(new OriginError('CLOSED', 'Not needed any more.'));
  }

  #onClosed(connection: OriginConnection): void {
    this.#connections.delete(connection);
    if (connection.wasStale) this.#dropIdle();
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    if (this.#closed) return;
    const next = this.#nextInQueue();
    if (next !== undefined) this.#place(next);
  }

  /** What took one kept connection away, silently, took the others as well: a request sent again needs a new one. */
  #dropIdle(): void {
    for (const idle of this.#idle.splice(0)) idle.destroy(new OriginError('CONNECTION_LOST', 'Not trusted.'));
  }

  #nextInQueue(): PendingRequest | undefined {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (!next.isOver) return next;
    }
    return undefined;
  }

  #sweep(): void {
    if (this.#requests.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
      return;
    }
    const somebodyWaits = this.#queue.some(({ isOver }) => !isOver);
    for (const pending of this.#requests.all()) {
      if (pending.waiting === 'nothing') continue;
      if (pending.isPaused) {
        if (somebodyWaits) this.#holdUp(pending);
        continue;
      }
      if (pending.idleSweeps++ < this.#sweepLimits[pending.waiting]) continue;
      const { connection, waiting } = pending;
      const error = new OriginError(TIMEOUT_CODE[waiting], `The origin took too long (${waiting}).`);
      if (connection === undefined) pending.onError(error);
      else connection.destroy(error);
    }
  }

  /** Whoever reads slowly may have a connection for as long as nobody else wants one, and for some time more. */
  #holdUp(pending: PendingRequest): void {
    if (pending.sweepsInTheWay++ < this.#sweepLimits.body) return;
    pending.connection?.destroy(
      new OriginError('SLOW_CALLER', 'The caller read too slowly while others waited.'),
    );
  }
}

const connectionTarget = ({ origin, additionalCa }: OriginClientOptions): ConnectionTarget => {
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  if (origin.protocol !== 'https:') return { host, port: Number(origin.port || 80) };
  return {
    host,
    port: Number(origin.port || 443),
    tls: {
      // An address is no server name (RFC 6066 §3); it is checked against the certificate all the same.
      servername: isIP(host) === 0 ? host : '',
      ...(additionalCa === undefined ? {} : { ca: [...getCACertificates('default'), ...additionalCa] }),
    },
  };
};
