import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { ListenOptions, Socket } from 'node:net';
import { badRequest, problemOf } from '../answer/problem.ts';
import { createApp } from './app.ts';
import { answerClientError, REQUEST_TIMEOUT, refuseTunnel } from './client-error.ts';
import { Connections } from './connections.ts';
import { type DoorOptions, openDoor } from './door.ts';
import { type EventLoopDelay, watchEventLoop } from './event-loop-delay.ts';
import type { OpenReadAhead, ReadAheadTerms } from './read-ahead.ts';

export interface PublicListenerOptions
  extends DoorOptions,
    Pick<ReadAheadTerms, 'keepAliveTimeoutMs' | 'writeTimeoutMs' | 'now'> {
  readonly readAhead?: OpenReadAhead | undefined;
  /** Default: a watch of its own, which ends with the listener. */
  readonly loop?: EventLoopDelay;
}

export type PublicListener = ReturnType<typeof createPublicListener>;

/** Bound of request line and header block together: Node's own, stated so that it stays. */
const MAX_HEAD_BYTES = 16_384;
const MAX_HEADER_FIELDS = 200;
/** A whole request, with its body. */
const LONGEST_REQUEST_MS = 300_000;
/** When stopping, an idle connection is kept this long: a request on the way is then told that it ends. */
const IDLE_CHANCE_MS = 500;
/** Afterwards connections idle no longer than this. */
const IDLE_SWEEP_MS = 100;

/** A door accepts connections, Node's HTTP server or what is ahead of it reads them, and a Fastify app serves. */
export const createPublicListener = (options: PublicListenerOptions) => {
  const { gateway, loop = watchEventLoop() } = options;
  const connections = new Connections(options.maxConnections);
  const http = openHttpServer(options, connections);
  let closing = false;
  let shed = 0;
  const isTooMuch = (socket: Socket): boolean => connections.isOver(socket) || loop.isTooLong();
  const app = createApp(http, connections, gateway, (request, response) => {
    if (closing || connections.isLeaving(request.socket)) response.shouldKeepAlive = false;
    if (request.httpVersionMajor !== 1) return unknownVersion;
    if (request.headers.host === undefined && request.httpVersionMinor > 0) return missingHost;
    if (!isTooMuch(request.socket)) return undefined;
    shed++;
    return overloaded;
  });
  const readAhead = options.readAhead?.({
    ...options,
    accepts: (socket) => !closing && !connections.isLeaving(socket) && !isTooMuch(socket),
    serve: (asked, wire) => gateway.handle(asked, wire),
    handOver: (socket) => {
      http.emit('connection', socket);
      socket.resume();
    },
    onTimeout: (socket) => answerClientError({ code: REQUEST_TIMEOUT }, socket, connections, gateway),
  });
  const { server: door, renew } = openDoor(options, (socket) => {
    connections.add(socket);
    if (readAhead === undefined) http.emit('connection', socket);
    else readAhead.take(socket);
  });
  // Node's HTTP server looks after its time-outs from then on.
  door.once('listening', () => http.emit('listening'));

  const closeIdle = (): void => {
    http.closeIdleConnections();
    readAhead?.closeIdle();
  };
  const drain = (): void => {
    readAhead?.drain();
    connections.drain();
  };
  return {
    server: door,
    /** @throws what `listen` of Node's servers throws, such as `EADDRINUSE` */
    listen: async (address: ListenOptions): Promise<void> => {
      await app.ready();
      door.listen(address);
      await once(door, 'listening');
    },
    /** Connections that are open end with their next answers: the process is about to stop. */
    drain,
    cut: (): void => {
      gateway.cutOff();
      http.closeAllConnections();
      readAhead?.closeAll();
    },
    /** Takes no more connections, and waits for requests in flight. */
    close: async (): Promise<void> => {
      closing = true;
      drain();
      // An answer whose head went out before has promised to keep its connection.
      let sweep: NodeJS.Timeout | undefined;
      const chance = setTimeout(() => {
        closeIdle();
        sweep = setInterval(closeIdle, IDLE_SWEEP_MS);
      }, IDLE_CHANCE_MS);
      await new Promise((resolve) => door.close(resolve));
      clearTimeout(chance);
      clearInterval(sweep);
      loop.close();
      http.close();
      await app.close();
    },
    /** How many requests were refused for too many connections, or as the process was too far behind. */
    shed: () => shed,
    /** For renewed certificates; connections that are open keep theirs. */
    renewTls: renew,
  };
};

const overloaded = problemOf(
  'overloaded',
  'The proxy serves as many connections as `listen.maxConnections` allows, and no more requests than it keeps up with. Try again in a moment.',
  { retryAfterSeconds: 1, close: true },
);

/** Node's parser lets HTTP/0.9 and the request line of HTTP/2 pass as well. */
const unknownVersion = badRequest(
  'Only HTTP/1.1 and HTTP/1.0 are spoken here.',
  'The request is not HTTP/1.1',
);

/** RFC 9112 §3.2. */
const missingHost = badRequest('The request has no Host field.');

const openHttpServer = (options: PublicListenerOptions, connections: Connections): Server => {
  const server = createServer({
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: options.headersTimeoutMs,
    // Of bodies only those of API requests are read, and they are bounded.
    requestTimeout: Math.max(options.headersTimeoutMs, LONGEST_REQUEST_MS),
    keepAliveTimeout: options.keepAliveTimeoutMs,
    // So that a slow head is cut off within a second of its time-out.
    connectionsCheckingInterval: 1000,
    // Node's own refusal is no answer of ours: it would not be in turn, and says nothing.
    requireHostHeader: false,
    insecureHTTPParser: false,
    // A GET without a body needs no stream machinery: an eighth more requests a second (docs/performance.md).
    optimizeEmptyRequests: true,
  });
  server.maxHeadersCount = MAX_HEADER_FIELDS;
  // Once for every way out: Node sees whether the kernel takes bytes, so that a slow but steady reader is not cut off.
  server.timeout = options.writeTimeoutMs;
  server.on('timeout', (socket: Socket) => {
    const isOver = options.keepAliveTimeoutMs > 0 && connections.isIdle(socket);
    if (socket.writableLength > 0 || isOver) socket.destroy();
  });
  server.on('connect', ({ url = '' }, socket: Socket) =>
    refuseTunnel(url, socket, connections, options.gateway),
  );
  return server;
};
