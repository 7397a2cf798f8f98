import { Socket } from 'node:net';
import { type buildConnector, Client } from 'undici';
import { errorCode } from '../base/error-code.ts';
import type { Secret } from '../base/secret.ts';
import type { Milliseconds } from '../base/units.ts';
import { UpstreamError } from './upstream-error.ts';

/**
 * Opens connections through an egress proxy (`CONNECT`, RFC 9110 §9.3.6), for `http://` origins as well: what goes
 * through them is then the same with and without a proxy. undici's own `ProxyAgent` drops repeated fields of requests,
 * and does not tell its failures from the origin's.
 * @param proxy its URL, which may hold user and password
 * @param toOrigin speaks TLS with the origin on a connection that is there
 */
export const tunnelThrough = (
  proxy: Secret,
  toProxy: buildConnector.connector,
  toOrigin: buildConnector.connector,
  { url: origin, connectTimeoutMs }: { readonly url: URL; readonly connectTimeoutMs: Milliseconds },
): buildConnector.connector => {
  const url = new URL(proxy.reveal());
  const authority = `${origin.hostname}:${origin.port || (origin.protocol === 'https:' ? 443 : 80)}`;
  const headers = { host: authority, ...authorization(url) };
  return (target, callback) => {
    // One for each tunnel: it has nothing left to close once that stands.
    const client = new Client(url.origin, {
      connect: toProxy,
      allowH2: false,
      headersTimeout: connectTimeoutMs,
    });
    client.connect({ path: authority, headers }, (error, answer) => {
      void client.close();
      const socket = answer?.socket;
      if (error !== null || !(socket instanceof Socket)) {
        const why = errorCode(error) ?? 'no connection';
        callback(new UpstreamError('PROXY_UNREACHABLE', `${nameOf(url)} cannot be reached (${why})`), null);
      } else if (answer.statusCode < 200 || answer.statusCode > 299) {
        socket.on('error', () => {}).destroy();
        const status = answer.statusCode === 407 ? '407: it wants other credentials' : answer.statusCode;
        callback(new UpstreamError('PROXY_REFUSED', `${nameOf(url)} answered ${status}`), null);
      } else if (target.protocol === 'https:') {
        toOrigin({ ...target, httpSocket: socket }, callback);
      } else {
        callback(null, socket);
      }
    });
  };
};

/** The way to an origin as it may be printed: without the user and password of its proxy. */
export const wayTo = (origin: string, proxy: Secret | undefined): string =>
  proxy === undefined ? origin : `${origin} via ${new URL(proxy.reveal()).origin}`;

const nameOf = ({ origin }: URL): string => `The egress proxy ${origin}`;

/** RFC 7617. */
const authorization = ({ username, password }: URL): Record<string, string> => {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
};
