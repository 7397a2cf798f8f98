import type { AddressInfo } from 'node:net';
import { bindAddress } from '../config/rules/loopback.ts';
import type { Config } from '../config/settings/schema.ts';
import type { PublicListener } from '../proxy/listener/public-listener.ts';
import { bindSocket } from '../proxy/listener/unix-socket.ts';

export interface PublicAddress {
  /** Base URL without a path; `http://unix:/run/a.sock:` for a socket, as nginx writes it. */
  readonly url: string;
  /** Nobody finds the listener any more; it serves until it is closed. */
  withdraw(): Promise<void>;
}

/**
 * Opens the public listener where the configuration wants it.
 * @throws as `listen` of Node does, and what {@link bindSocket} throws
 */
export const listenPublicly = async (
  listener: PublicListener,
  { socketPath, socketMode, host, port, tls }: Config['listen'],
): Promise<PublicAddress> => {
  const scheme = tls.certFile === undefined ? 'http' : 'https';
  if (socketPath !== undefined) {
    const socket = await bindSocket(socketPath, socketMode, (path) => listener.listen({ path }));
    return { url: `${scheme}://unix:${socketPath}:`, withdraw: socket.remove };
  }
  await listener.listen({ host: bindAddress(host), port });
  const address = listener.server.address();
  const { address: at, family, port: bound } = address as AddressInfo;
  return { url: `${scheme}://${family === 'IPv6' ? `[${at}]` : at}:${bound}`, withdraw: async () => {} };
};
