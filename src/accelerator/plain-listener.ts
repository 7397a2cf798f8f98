import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Slots } from '../base/slots.ts';
import type { EpochMs } from '../base/units.ts';
import type { Reply } from '../proxy/answer/reply.ts';
import { SendBuffer } from '../proxy/answer/send-buffer.ts';
import { AnswerHeads } from './answer-head.ts';
import { PlainConnection, type PlainTerms } from './plain-connection.ts';
import type { PlainRequest } from './plain-request.ts';

export interface PlainListenerOptions {
  /** Until the first request of a connection has come. */
  readonly headersTimeoutMs: number;
  /** 0: for as long as the caller likes. */
  readonly keepAliveTimeoutMs: number;
  /** For how long a caller may take nothing of an answer. */
  readonly writeTimeoutMs: number;
  now(): EpochMs;
  /** Whether requests of this connection may be taken up as they come; Node's server deals with them if not. */
  accepts(socket: Socket): boolean;
  /** @returns `false` if the request is not for us, and nothing has been done with it */
  serve(request: PlainRequest, reply: Reply): boolean;
}

export interface PlainListener {
  /** Answers under way end their connections from now on. */
  drain(): void;
}

/** Time-outs are looked after in sweeps, so that a request costs no timer: this is how late they may be. */
const SWEEP_MS = 1000;
/** Node's own grace for requests that are on their way when the keep-alive time ends. */
const KEEP_ALIVE_GRACE_MS = 1000;

/**
 * Puts a reader of plain requests before Node's HTTP server: it takes each new connection, and hands it over with the first bytes that are
 * not beyond doubt. Half of a hit's cost is saved on the rest (docs/decisions/006).
 * @param server with no listener on `event` besides Node's own
 */
export const readPlainRequests = (
  server: Server,
  event: 'connection' | 'secureConnection',
  options: PlainListenerOptions,
): PlainListener => {
  const connections = new Slots<PlainConnection>();
  const [node] = server.listeners(event);
  server.removeAllListeners(event);
  const terms: PlainTerms = {
    keepAliveSeconds: Math.floor(options.keepAliveTimeoutMs / 1000),
    writeTimeoutMs: options.writeTimeoutMs,
    preparedHeads: new WeakMap(),
    sendBuffer: new SendBuffer(event === 'connection'),
    heads: new AnswerHeads(),
    now: options.now,
    accepts: options.accepts,
    serve: options.serve,
    handOver: (connection) => {
      connections.delete(connection);
      node?.call(server, connection.socket);
    },
    onClosed: (connection) => connections.delete(connection),
  };
  server.on(event, (socket: Socket) => connections.add(new PlainConnection(socket, terms)));

  const sweeps = (milliseconds: number) => Math.ceil(milliseconds / SWEEP_MS);
  const limits = {
    first: sweeps(options.headersTimeoutMs),
    next:
      options.keepAliveTimeoutMs === 0 ? Infinity : sweeps(options.keepAliveTimeoutMs + KEEP_ALIVE_GRACE_MS),
  };
  const sweep = (): void => {
    for (const connection of connections.all()) {
      const { socket, hasAsked, isAnswering } = connection;
      if (isAnswering || connection.idleSweeps++ < (hasAsked ? limits.next : limits.first)) continue;
      if (hasAsked) socket.destroy();
      else server.emit('clientError', timeout(), socket);
    }
  };
  const sweeper = setInterval(sweep, SWEEP_MS).unref();
  server.once('close', () => clearInterval(sweeper));

  const closing = (close: () => void, which: (connection: PlainConnection) => boolean) => (): void => {
    for (const connection of connections.all()) if (which(connection)) connection.socket.destroy();
    close();
  };
  server.closeIdleConnections = closing(
    server.closeIdleConnections.bind(server),
    ({ isAnswering }) => !isAnswering,
  );
  server.closeAllConnections = closing(server.closeAllConnections.bind(server), () => true);
  return {
    drain: () => {
      for (const connection of connections.all()) connection.closeAfterAnswer();
    },
  };
};

/** What Node's server tells when a head does not come in time. */
const timeout = (): Error =>
  Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
