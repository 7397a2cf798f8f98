import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/settings/schema.ts';
import { bindSocket } from '../proxy/listener/unix-socket.ts';

export interface PublicAddress {
  /** Base URL without a path; `http://unix:/run/a.sock:` for a socket, as nginx writes it. */
  readonly url: string;
  /** Nobody finds the listener any more; it goes on until it is closed. */
  withdraw(): Promise<void>;
}

/**
 * Opens the public listener where the configuration wants it.
 * @throws as `listen` of Node does, and what {@link bindSocket} throws
 */
export const listenPublicly = async (
  app: FastifyInstance,
  { socketPath, socketMode, host, port, tls }: Config['listen'],
): Promise<PublicAddress> => {
  const scheme = tls.certFile === undefined ? 'http' : 'https';
  if (socketPath !== undefined) {
    const socket = await bindSocket(socketPath, socketMode, (path) => app.listen({ path }));
    return { url: `${scheme}://unix:${socketPath}:`, withdraw: socket.remove };
  }
  // Fastify does not see that the server that it was given speaks TLS.
  const url = (await app.listen({ host, port })).replace(/^https?:/, `${scheme}:`);
  return { url, withdraw: async () => {} };
};
