import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface GuardedAnswer {
  readonly status: number;
  readonly text: string;
  /** The certificate that the listener showed, if it was TLS. */
  readonly peerName: string | undefined;
}

export interface GuardedCallOptions {
  /** PEM certificate to trust; speaks TLS. */
  readonly trust?: string;
  /** The caller's own certificate. */
  readonly identity?: { readonly cert: string; readonly key: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/** A GET on a connection of its own: to a port, or to a Unix domain socket. Rejects when there is no answer. */
export const guardedGet = (
  where: number | string,
  path: string,
  { trust, identity = { cert: '', key: '' }, headers = {} }: GuardedCallOptions = {},
): Promise<GuardedAnswer> =>
  new Promise((resolve, reject) => {
    const place = typeof where === 'number' ? { host: '127.0.0.1', port: where } : { socketPath: where };
    const options: RequestOptions = {
      ...place,
      path,
      agent: false,
      headers: { host: 'localhost', ...headers },
    };
    const onResponse = (response: IncomingMessage) => {
      let text = '';
      const { socket } = response;
      const peerName =
        'getPeerX509Certificate' in socket && typeof socket.getPeerX509Certificate === 'function'
          ? String(socket.getPeerX509Certificate()?.subject)
          : undefined;
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, peerName }));
    };
    const request =
      trust === undefined
        ? httpRequest(options, onResponse)
        : httpsRequest({ ...options, ca: trust, ...identity }, onResponse);
    request.on('error', reject);
    request.end();
  });
