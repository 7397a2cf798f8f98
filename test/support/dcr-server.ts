import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';

export interface RunningServer extends AsyncDisposable {
  readonly origin: string;
  /** Connections so far. */
  readonly connections: number;
}

async function run(server: Server, scheme: 'http' | 'https'): Promise<RunningServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${scheme}://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A DCR server on a real socket, which answers as the test says. */
export const httpServer = (listener: RequestListener): Promise<RunningServer> =>
  run(createServer(listener), 'http');

export const httpsServer = (
  identity: { readonly cert: string; readonly key: string },
  listener: RequestListener,
): Promise<RunningServer> => run(createTlsServer({ ...identity }, listener), 'https');

/** A server below HTTP: gets the socket when the first bytes of a request have come. */
export const rawServer = (onRequest: (socket: Socket) => void): Promise<RunningServer> =>
  run(
    createTcpServer((socket) => socket.once('data', () => onRequest(socket))),
    'http',
  );
