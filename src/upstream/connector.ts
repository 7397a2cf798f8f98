import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type PeerTls, peerTlsOptions } from '../base/peer-tls.ts';
import type { Secret } from '../base/secret.ts';
import { type Milliseconds, seconds } from '../base/units.ts';
import { tunnelThrough } from './tunnel.ts';

export interface ConnectorOptions {
  /** Scheme, host and port. Nothing of a request ever changes where it goes. */
  readonly url: URL;
  readonly connectTimeoutMs: Milliseconds;
  readonly proxy?: Secret | undefined;
  /** The authorities hold for a proxy that is spoken to by TLS too; our own certificate is for the origin alone. */
  readonly tls?: PeerTls | undefined;
  /** Resolves names; Node's own unless given. */
  readonly lookup?: LookupFunction;
}

/**
 * Opens connections to one origin: certificates verified, HTTP/1.1 alone, IPv6 and IPv4 tried side by side (RFC 8305).
 */
export const connectorTo = (options: ConnectorOptions): buildConnector.connector => {
  const { proxy, ...direct } = options;
  const toOrigin = directConnector(direct);
  if (proxy === undefined) return toOrigin;
  const tls = direct.tls && { ...direct.tls, identity: undefined };
  const toProxy = directConnector({ ...direct, tls, url: new URL(proxy.reveal()) });
  return tunnelThrough(proxy, toProxy, toOrigin, direct);
};

const directConnector = (options: Omit<ConnectorOptions, 'proxy'>): buildConnector.connector => {
  const { url, connectTimeoutMs, tls, lookup } = options;
  return buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    keepAliveInitialDelay: seconds(30),
    ...(lookup && { lookup }),
    ...(url.protocol === 'https:' && {
      ...peerTlsOptions(tls),
      servername: serverName(url),
    }),
  });
};

/**
 * RFC 6066 §3: the name without the dot of a fully qualified one; none for an address, which the certificate is checked
 * for all the same.
 */
const serverName = ({ hostname }: URL): string =>
  /^\[|^[\d.]+$/.test(hostname) ? '' : hostname.replace(/\.$/, '');
