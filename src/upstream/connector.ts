import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { buildConnector } from 'undici';
import { type Milliseconds, seconds } from '../base/units.ts';

export interface ConnectorOptions {
  /** Scheme, host and port. Nothing of a request ever changes where it goes. */
  readonly origin: URL;
  /** Until a new connection is there, TLS included. */
  readonly connectTimeout: Milliseconds;
  /** PEM certificates to trust besides those that Node.js trusts. */
  readonly additionalCa?: readonly string[];
  /** Resolves names; Node's own unless given. */
  readonly lookup?: LookupFunction;
}

/** Opens connections to one origin: certificates verified, HTTP/1.1 alone, IPv6 and IPv4 tried side by side (RFC 8305). */
export const connectorTo = (options: ConnectorOptions): buildConnector.connector => {
  const { origin, connectTimeout, additionalCa, lookup } = options;
  return buildConnector({
    timeout: connectTimeout,
    allowH2: false,
    keepAliveInitialDelay: seconds(30),
    ...(lookup && { lookup }),
    ...(origin.protocol === 'https:' && {
      // Said, as the environment may hold NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      servername: serverName(origin),
      ...(additionalCa && { ca: [...getCACertificates('default'), ...additionalCa] }),
    }),
  });
};

/** RFC 6066 §3: the name without the dot of a fully qualified one; none for an address, which the certificate is checked for all the same. */
const serverName = ({ hostname }: URL): string =>
  /^\[|^[\d.]+$/.test(hostname) ? '' : hostname.replace(/\.$/, '');
