import { getCACertificates } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import type { TokenSource } from '../dcr/token-source.ts';
import type { Milliseconds } from '../units.ts';
import { bearerAuthentication } from './bearer-authentication.ts';

export interface UpstreamOptions {
  /** Scheme, host and port; nothing of a caller's request ever changes it. */
  readonly origin: URL;
  readonly connectTimeout: Milliseconds;
  /** Until the head of the answer is complete. */
  readonly headersTimeout: Milliseconds;
  /** Longest pause within the body. */
  readonly bodyIdleTimeout: Milliseconds;
  readonly maxConnections: number;
  /** PEM certificates to trust besides the built-in ones; absent for only those. */
  readonly additionalCa?: readonly string[];
}

/** Bound of an answer's header block; Adobe's are under 2 KiB. */
const MAX_HEADER_BYTES = 32_768;

export interface Upstream {
  readonly origin: string;
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

/**
 * The connections to one report API, with the bearer put in by an interceptor.
 *
 * TLS certificates are verified. One request at a time on a connection (no pipelining), so that a stray second answer can
 * never be taken for somebody else's (GHSA-35p6-xmwp-9g52); HTTP/1.1 only. Redirects are not followed, so the token
 * goes to `origin` and nowhere else.
 */
export const openUpstream = (tokens: TokenSource, options: UpstreamOptions): Upstream => {
  const origin = options.origin.origin;
  const pool = new Pool(origin, {
    connections: options.maxConnections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: options.headersTimeout,
    bodyTimeout: options.bodyIdleTimeout,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: {
      timeout: options.connectTimeout,
      rejectUnauthorized: true,
      ...(options.additionalCa === undefined
        ? {}
        : { ca: [...getCACertificates('default'), ...options.additionalCa] }),
    },
  });
  return {
    origin,
    dispatcher: pool.compose(bearerAuthentication(tokens)),
    // In-flight requests have been waited for by then: what is left is idle or lost.
    close: () => pool.destroy(),
  };
};
