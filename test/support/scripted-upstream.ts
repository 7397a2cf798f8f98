import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { type FlatHeaders, headerLines } from './http-client.ts';

/** A request as the upstream saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Byte for byte. */
  readonly target: string;
  readonly rawHeaders: FlatHeaders;
  /** The lines of a field, each by itself. */
  lines(name: string): string[];
  /** Resolves when the connection's other side has left before the answer was complete. */
  readonly cancelled: Promise<void>;
}

export type Script = (response: ServerResponse, request: SeenRequest) => void;

export interface ScriptedUpstream extends AsyncDisposable {
  readonly url: URL;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  /** Connections that were opened so far. */
  readonly connections: number;
  /** Those of them that are open. */
  readonly openConnections: number;
  /** What is done with each request from now on. */
  script: Script;
  /** Stops at once: connections are reset, and later ones refused. */
  kill(): Promise<void>;
}

export interface UpstreamOptions {
  readonly tls?: TlsOptions;
}

export const REPORT = '{"report":[{"year":"2024","active-users":"205"}]}';

/** Answers a small report, as Adobe would: with a length, compressed, without freshness. */
export const answerReport =
  (body = REPORT, more: FlatHeaders = [], type = 'application/json;charset=utf-8') =>
  (response: ServerResponse): void => {
    const gzip = gzipSync(body);
    response.writeHead(200, [
      ...['Content-Type', type, 'Content-Encoding', 'gzip'],
      ...['Content-Length', String(gzip.length), ...more],
    ]);
    response.end(gzip);
  };

/** The same report in the format that is asked for. */
export const answerAsAsked: Script = (response, request) => {
  const accept = /\.csv\b/.test(request.target) ? 'text/csv' : request.lines('accept').join();
  const body = { 'text/csv': 'year,active-users\n2024,205\n', 'application/xml': '<resource/>' }[accept];
  answerReport(body, [], body === undefined ? undefined : accept)(response);
};

/** Answers with this status, fields and body, as they are. */
export const answerWith =
  (status: number, headers: FlatHeaders = [], body: string | Buffer = '') =>
  (response: ServerResponse): void => {
    response.writeHead(status, ['Content-Length', String(Buffer.byteLength(body)), ...headers]);
    response.end(body);
  };

/** Never answers. */
export const hang: Script = () => {};

/** An upstream that does what the test says. Close it with `await using`. */
export const startUpstream = async (
  script: Script = answerReport(),
  { tls }: UpstreamOptions = {},
): Promise<ScriptedUpstream> => {
  const requests: SeenRequest[] = [];
  const state = { script };
  const serve: RequestListener = (request, response) => {
    const seen = seenRequest(request, response);
    requests.push(seen);
    state.script(response, seen);
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.keepAliveTimeout = 60_000;
  const listening = await listen(server);
  return {
    url: new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${listening.port}`),
    port: listening.port,
    requests,
    get connections() {
      return listening.opened();
    },
    get openConnections() {
      return listening.open();
    },
    get script() {
      return state.script;
    },
    set script(next) {
      state.script = next;
    },
    kill: listening.close,
    [Symbol.asyncDispose]: listening.close,
  };
};

/** An upstream below HTTP: what is written to the socket is what the proxy reads. */
export const startRawUpstream = async (
  onRequest: (socket: Socket, head: string) => void,
): Promise<AsyncDisposable & { readonly url: URL; readonly heads: readonly string[] }> => {
  const heads: string[] = [];
  const server = createTcpServer((socket) => {
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end + 4);
        received = received.slice(end + 4);
        heads.push(head);
        onRequest(socket, head);
      }
    });
  });
  const { port, close } = await listen(server);
  return { url: new URL(`http://127.0.0.1:${port}`), heads, [Symbol.asyncDispose]: close };
};

const seenRequest = (request: IncomingMessage, response: ServerResponse): SeenRequest => {
  const { rawHeaders } = request;
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    rawHeaders,
    lines: (name) => headerLines(rawHeaders, name),
    cancelled: new Promise((resolve) => {
      response.on('close', () => {
        if (!response.writableFinished) resolve();
      });
    }),
  };
};

const listen = async (server: Server) => {
  const sockets = new Set<Socket>();
  let opened = 0;
  server.on('connection', (socket: Socket) => {
    opened++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  // A client that does not trust the certificate ends the handshake; that is its right.
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    opened: () => opened,
    open: () => sockets.size,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** Each answer tells its number. */
export const counting = (more: FlatHeaders = []): Script => {
  let count = 0;
  return (response) => answerReport(`{"report":[${++count}]}`, more)(response);
};
