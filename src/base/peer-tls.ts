import { getCACertificates } from 'node:tls';
import type { Secret } from './secret.ts';

/** What TLS to a server takes besides Node's own, in PEM. */
export interface PeerTls {
  readonly ca: string | undefined;
  /** What this side shows, where the server asks for a certificate. */
  readonly identity: { readonly cert: string; readonly key: Secret } | undefined;
}

/** For whichever client makes the connection. */
export const peerTlsOptions = (given: PeerTls | undefined) => ({
  // Said, as the environment may hold NODE_TLS_REJECT_UNAUTHORIZED.
  rejectUnauthorized: true,
  ...(given?.ca !== undefined && { ca: [...getCACertificates('default'), given.ca] }),
  ...(given?.identity !== undefined && { cert: given.identity.cert, key: given.identity.key.reveal() }),
});
