import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { readPlainRequests } from '../../accelerator/plain-listener.ts';
import type { EpochMs } from '../../base/units.ts';
import { withoutSchemas } from '../../base/without-schemas.ts';
import { type Problem, sendProblem } from '../answer/problem.ts';
import type { Gateway } from '../gateway.ts';
import { answerClientError, answerOn, refuseTunnel } from './client-error.ts';
import { type EventLoopDelay, watchEventLoop } from './event-loop-delay.ts';
import { inTurn } from './pipelining.ts';
import { createTlsListener, renewIdentity, type TlsIdentity } from './tls-listener.ts';

export interface PublicListenerOptions {
  readonly gateway: Gateway;
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly now: () => EpochMs;
  /** `undefined`: plain HTTP is spoken. */
  readonly tls?: TlsIdentity | undefined;
  /** Default: a watch of its own, which ends with the listener. */
  readonly loop?: EventLoopDelay;
}

export interface PublicListener {
  readonly app: FastifyInstance;
  /** From now on every answer ends its connection: the process is stopping. */
  drain(): void;
  /** How many requests were refused since the start because there were too many connections, or the process was too far behind. */
  shed(): number;
  /** For renewed certificates; connections that are open keep theirs. */
  renewTls(identity: TlsIdentity): void;
}

/** Bound of request line and header block together: Node's own, stated so that it stays. */
const MAX_HEAD_BYTES = 16_384;
const MAX_HEADER_FIELDS = 200;
/** While stopping, connections idle no longer than this. */
const IDLE_SWEEP_MS = 100;

/**
 * The public listener. Node's server hands each request to the gateway first; Fastify gets the rest: a word of help at `/`,
 * and 404. Its life (listen, close) is Fastify's.
 */
export const createPublicListener = (options: PublicListenerOptions): PublicListener => {
  let draining = false;
  let shed = 0;
  let drainPlain = (): void => {};
  const { loop = watchEventLoop() } = options;
  /** Open connections, to find the answers under way when the process is to stop; nothing is noted for each request. */
  const connections = new Set<Socket>();
  const app = fastify({
    logger: false,
    trustProxy: false,
    ...withoutSchemas,
    forceCloseConnections: 'idle',
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) =>
      answerClientError(error, socket, 'unparsed'),
    serverFactory: (handler) => {
      const http = {
        maxHeaderSize: MAX_HEAD_BYTES,
        headersTimeout: options.headersTimeoutMs,
        requestTimeout: options.headersTimeoutMs,
        keepAliveTimeout: options.keepAliveTimeoutMs,
        // So that a slow head is cut off within a second of its time-out.
        connectionsCheckingInterval: 1000,
        requireHostHeader: true,
        insecureHTTPParser: false,
        // A GET without a body needs no stream machinery: an eighth more requests a second (docs/performance.md).
        optimizeEmptyRequests: true,
      };
      const { tls, headersTimeoutMs } = options;
      const server = tls === undefined ? createServer(http) : createTlsListener(http, tls, headersTimeoutMs);
      server.maxHeadersCount = MAX_HEADER_FIELDS;
      const plain = readPlainRequests(server, tls === undefined ? 'connection' : 'secureConnection', {
        ...options,
        accepts: (socket) => !draining && !crowd.isOver(socket) && !loop.isTooLong(),
        serve: (request, reply) => options.gateway.handlePlain(request, reply),
      });
      drainPlain = plain.drain;
      const crowd = limitConnections(server, options.maxConnections);
      const serve = inTurn((request: IncomingMessage, response: ServerResponse): void => {
        if (draining) response.shouldKeepAlive = false;
        if (request.httpVersionMajor !== 1) {
          sendProblem(response, unknownVersion, 'version');
        } else if (crowd.isOver(request.socket) || loop.isTooLong()) {
          shed++;
          sendProblem(response, overloaded, 'overload');
        } else if (!options.gateway.handle(request, response)) handler(request, response);
      });
      server.on('connection', (socket: Socket) => {
        connections.add(socket);
        socket.once('close', () => connections.delete(socket));
      });
      server.on('request', serve);
      // Nothing is expected of the caller: a report request has no body. Both go on as if `Expect` had not been sent.
      server.on('checkContinue', serve);
      server.on('checkExpectation', serve);
      server.on('connect', (_request, socket: Socket) => refuseTunnel(socket));
      server.once('close', loop.close);
      return server;
    },
  });
  app.get('/', () => ({ service: 'cmu-proxy', reports: options.gateway.prefixes }));
  app.setNotFoundHandler((_request, reply) => {
    reply.hijack();
    sendProblem(reply.raw, notFound(options.gateway.prefixes), 'elsewhere');
  });
  app.setErrorHandler((_error, _request, reply) => {
    reply.hijack();
    sendProblem(reply.raw, badTarget, 'elsewhere');
  });
  return {
    app,
    drain: () => {
      draining = true;
      drainPlain();
      for (const socket of connections) {
        const answer = answerOn(socket);
        if (answer !== undefined && !answer.headersSent) answer.shouldKeepAlive = false;
      }
      // An answer whose head went out before has promised to keep its connection, which would then idle till its time-out.
      const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS).unref();
      app.server.once('close', () => clearInterval(sweep));
    },
    shed: () => shed,
    renewTls: (identity) => {
      if (app.server instanceof HttpsServer) renewIdentity(app.server, identity);
    },
  };
};

/** Connections beyond `most` are answered 503, and beyond twice as many are not accepted any more. */
const limitConnections = (server: Server, most: number): { isOver(socket: Socket): boolean } => {
  let open = 0;
  const over = new WeakSet<Socket>();
  server.maxConnections = 2 * most;
  server.on('connection', (socket: Socket) => {
    open++;
    if (open > most) over.add(socket);
    socket.once('close', () => {
      open--;
    });
  });
  // With TLS, requests come on another socket, which is there once the handshake is over.
  server.on('secureConnection', (socket: Socket) => {
    if (open > most) over.add(socket);
  });
  return { isOver: (socket) => open > most && over.has(socket) };
};

const overloaded: Problem = {
  status: 503,
  name: 'overloaded',
  title: 'Too much at once',
  detail:
    'The proxy serves as many connections as `listen.maxConnections` allows, and no more requests than it keeps up with. Try again in a moment.',
  retryAfterSeconds: 1,
  proxyError: 'connection_limit_reached',
  close: true,
};

/** Node's parser lets HTTP/0.9 and the request line of HTTP/2 pass as well. */
const unknownVersion: Problem = {
  status: 400,
  name: 'bad-request',
  title: 'The request is not HTTP/1.1',
  detail: 'Only HTTP/1.1 and HTTP/1.0 are spoken here.',
  proxyError: 'http_request_error',
  close: true,
};

const notFound = (prefixes: readonly string[]): Problem => ({
  status: 404,
  name: 'not-found',
  title: 'Nothing is served at this path',
  detail: `Reports are served below ${prefixes.join(', ')}.`,
});

const badTarget: Problem = {
  status: 400,
  name: 'bad-request',
  title: 'The request cannot be served as it is',
  detail: 'The request target is not one that is served here.',
  proxyError: 'http_request_error',
  close: true,
};
