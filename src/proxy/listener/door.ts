import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Secret } from '../../base/secret.ts';
import type { Gateway } from '../gateway.ts';
import { refusePlain } from './client-error.ts';

/** Whom the listener says that it is, and whose callers it takes. PEM throughout. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: Secret;
  /** Only callers with a certificate of one of these authorities get a connection; `undefined`: none is asked for. */
  readonly clientCa: string | undefined;
}

export interface DoorOptions {
  readonly gateway: Gateway;
  readonly maxConnections: number;
  /** Also for a handshake. */
  readonly headersTimeoutMs: number;
  /** `undefined`: plain TCP. */
  readonly tls?: TlsIdentity | undefined;
}

/** Accepts connections, and does nothing with them. @param onConnection with TLS after the handshake */
export const openDoor = (options: DoorOptions, onConnection: (socket: Socket) => void) => {
  const door =
    options.tls === undefined
      ? { server: createServer({ noDelay: true, allowHalfOpen: true }, onConnection), renew: () => {} }
      : openTlsDoor(options.tls, options, onConnection);
  // Those beyond what is served are told so, within reason.
  door.server.maxConnections = 2 * options.maxConnections;
  return door;
};

/** Requests begin so, handshakes with 0x16 (RFC 8446 §5.1). */
const isLetter = (byte = 0): boolean => byte >= 0x41 && byte <= 0x5a;

/** What comes first decides: a handshake goes to the TLS server, and a request without one is told so. */
const openTlsDoor = (
  identity: TlsIdentity,
  { gateway, headersTimeoutMs }: DoorOptions,
  onConnection: (socket: Socket) => void,
) => {
  const asked = identity.clientCa !== undefined;
  const tls = createTlsServer({
    ...secureContext(identity),
    noDelay: true,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: headersTimeoutMs,
    requestCert: asked,
    rejectUnauthorized: asked,
  });
  tls.on('secureConnection', onConnection);
  // Nobody could read an answer yet.
  tls.on('tlsClientError', (_error, socket) => {
    gateway.note({ status: 400, name: 'tls-failed' }, { peer: socket.remoteAddress });
    socket.destroy();
  });
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(headersTimeoutMs, () => socket.destroy());
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) {
        socket.destroy();
      } else if (isLetter(first[0])) {
        socket.resume();
        refusePlain(socket, gateway);
      } else {
        socket.setTimeout(0);
        socket.unshift(first);
        tls.emit('connection', socket);
      }
    });
  });
  // Whether callers need a certificate stays as it was at the start.
  return { server, renew: (renewed: TlsIdentity): void => tls.setSecureContext(secureContext(renewed)) };
};

const secureContext = ({ cert, key, clientCa }: TlsIdentity) => ({
  cert,
  key: key.reveal(),
  ...(clientCa !== undefined && { ca: clientCa }),
  minVersion: 'TLSv1.2' as const,
});
