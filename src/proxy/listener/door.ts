import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Secret } from '../../base/secret.ts';

/** Whom the listener says that it is, and whose callers it takes. PEM throughout. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: Secret;
  /** Only callers with a certificate of one of these authorities get a connection; `undefined`: none is asked for. */
  readonly clientCa: string | undefined;
}

export interface DoorOptions {
  /** `undefined`: plain TCP. */
  readonly tls: TlsIdentity | undefined;
  readonly handshakeTimeout: number;
  readonly maxConnections: number;
  /** Called with each connection; one with TLS has its handshake behind it. */
  readonly onConnection: (socket: Socket) => void;
  readonly onTlsFailed: (peer: string | undefined) => void;
  /** Called with a connection on which a request has come without TLS, where TLS is spoken. */
  readonly onPlain: (socket: Socket) => void;
}

/** Accepts connections, and does nothing with them. */
export const openDoor = (options: DoorOptions) => {
  const { tls, maxConnections, onConnection } = options;
  const door =
    tls === undefined
      ? { server: createServer({ noDelay: true, allowHalfOpen: true }, onConnection), renew: () => {} }
      : openTlsDoor(tls, options);
  door.server.maxConnections = maxConnections;
  return door;
};

/** Requests begin so, handshakes with 0x16 (RFC 8446 §5.1). */
const isLetter = (byte = 0): boolean => byte >= 0x41 && byte <= 0x5a;

/** What comes first decides: a handshake goes to the TLS server, and a request without one is told so. */
const openTlsDoor = (identity: TlsIdentity, options: DoorOptions) => {
  const { handshakeTimeout, onPlain } = options;
  const tls = openTlsServer(identity, options);
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(handshakeTimeout, () => socket.destroy());
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) {
        socket.destroy();
      } else if (isLetter(first[0])) {
        socket.resume();
        onPlain(socket);
      } else {
        socket.setTimeout(0);
        socket.unshift(first);
        tls.emit('connection', socket);
      }
    });
  });
  return {
    server,
    // Whether callers need a certificate stays as it was at the start.
    renew: (renewed: TlsIdentity): void =>
      tls.setSecureContext({ ...secureContext(renewed), minVersion: 'TLSv1.2' }),
  };
};

const openTlsServer = (
  identity: TlsIdentity,
  { handshakeTimeout, onConnection, onTlsFailed }: DoorOptions,
): TlsServer => {
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

const secureContext = ({ cert, key, clientCa }: TlsIdentity) => ({
  cert,
  key: key.reveal(),
  ...(clientCa !== undefined && { ca: clientCa }),
});
