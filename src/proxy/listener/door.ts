import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import type { Secret } from '../../base/secret.ts';

/** Whom the listener says that it is, and whose callers it takes. PEM throughout. */
export interface TlsIdentity {
  /** The certificate, with its chain. */
  readonly cert: string;
  readonly key: Secret;
  /** Only callers with a certificate of one of these authorities get a connection; `undefined`: none is asked for. */
  readonly clientCa: string | undefined;
}

export interface DoorOptions {
  /** `undefined`: plain TCP. */
  readonly tls: TlsIdentity | undefined;
  /** In milliseconds. */
  readonly handshakeTimeout: number;
  readonly maxConnections: number;
  /** Called with each connection; one with TLS has its handshake behind it. */
  readonly onConnection: (socket: Socket) => void;
  /** Called with the address of who did not come through the handshake. */
  readonly onTlsFailed: (peer: string | undefined) => void;
}

/** Accepts connections, and does nothing with them. */
export const openDoor = (options: DoorOptions): Server => {
  const { tls, maxConnections, onConnection } = options;
  const server =
    tls === undefined
      ? createServer({ noDelay: true, allowHalfOpen: true }, onConnection)
      : openTlsDoor(tls, options);
  server.maxConnections = maxConnections;
  return server;
};

const openTlsDoor = (
  identity: TlsIdentity,
  { handshakeTimeout, onConnection, onTlsFailed }: DoorOptions,
): Server => {
  const asked = identity.clientCa !== undefined;
  const server = createTlsServer({
    ...secureContext(identity),
    noDelay: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout,
    requestCert: asked,
    rejectUnauthorized: asked,
  });
  server.on('secureConnection', onConnection);
  // Nobody could read an answer yet.
  server.on('tlsClientError', (_error, socket) => {
    onTlsFailed(socket.remoteAddress);
    socket.destroy();
  });
  return server;
};

/** Connections from now on see this identity. Whether callers need a certificate stays as it was at the start. */
export const renewIdentity = (server: Server, identity: TlsIdentity): void => {
  if (server instanceof TlsServer) {
    server.setSecureContext({ ...secureContext(identity), minVersion: 'TLSv1.2' });
  }
};

const secureContext = ({ cert, key, clientCa }: TlsIdentity) => ({
  cert,
  key: key.reveal(),
  ...(clientCa !== undefined && { ca: clientCa }),
});
