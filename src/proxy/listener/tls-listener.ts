import type { ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Secret } from '../../base/secret.ts';

/** Whom the listener says that it is, and whose callers it takes. PEM throughout. */
export interface TlsIdentity {
  /** The certificate, with its chain. */
  readonly cert: string;
  readonly key: Secret;
  /** Only callers with a certificate of one of these authorities get a connection; `undefined`: none is asked for. */
  readonly clientCa: string | undefined;
}

/** @param handshakeTimeout in milliseconds */
export const createTlsListener = (
  options: ServerOptions,
  identity: TlsIdentity,
  handshakeTimeout: number,
): Server => {
  const asked = identity.clientCa !== undefined;
  const server = createServer({
    ...options,
    ...secureContext(identity),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout,
    requestCert: asked,
    rejectUnauthorized: asked,
  });
  // Node's own listener hands failed handshakes to whoever answers HTTP errors. There is nobody yet who could read an answer.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
};

/** Connections from now on see this identity. Whether callers need a certificate stays as it was at the start. */
export const renewIdentity = (server: Server, identity: TlsIdentity): void =>
  server.setSecureContext({ ...secureContext(identity), minVersion: 'TLSv1.2' });

const secureContext = ({ cert, key, clientCa }: TlsIdentity) => ({
  cert,
  key: key.reveal(),
  ...(clientCa !== undefined && { ca: clientCa }),
});
