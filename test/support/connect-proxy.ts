import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface ConnectProxy extends AsyncDisposable {
  /** Without credentials. */
  readonly url: URL;
  /** What each request to it was, such as `CONNECT 127.0.0.1:1234`. */
  readonly seen: readonly string[];
  /** Names in the certificates that were shown to it. */
  readonly shown: readonly string[];
}

export interface ConnectProxyOptions {
  /** `user:password` that it wants, by Basic authentication. */
  readonly credentials?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Answers every `CONNECT` with this, and opens nothing. */
  readonly answer?: string;
}

/** An egress proxy as companies have them: tunnels by `CONNECT`, and nothing else. */
export const startConnectProxy = async (options: ConnectProxyOptions = {}): Promise<ConnectProxy> => {
  const { credentials, tls, answer } = options;
  const seen: string[] = [];
  const shown: string[] = [];
  const sockets = new Set<Socket>();
  const server =
    tls === undefined
      ? createServer()
      : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false });
  server.on('secureConnection', (socket: TLSSocket) => {
    const { subject } = socket.getPeerCertificate();
    if (subject !== undefined) shown.push(String(subject.CN));
  });
  server.on('request', (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.writeHead(405).end();
  });
  server.on('connect', ({ method, url = '', headers }: IncomingMessage, socket: Socket) => {
    seen.push(`${method} ${url}`);
    socket.on('error', () => {});
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (answer !== undefined) {
      socket.end(answer);
    } else if (headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno');
    } else {
      const { hostname, port } = new URL(`http://${url}`);
      const tunnel = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        tunnel.pipe(socket);
        socket.pipe(tunnel);
      });
      sockets.add(tunnel);
      tunnel.on('error', () => socket.destroy());
      socket.on('close', () => tunnel.destroy());
    }
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`),
    seen,
    shown,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** The proxy's URL with credentials in it. */
export const withCredentials = ({ url }: ConnectProxy, username: string, password: string): string =>
  Object.assign(new URL(url), { username, password }).href;
