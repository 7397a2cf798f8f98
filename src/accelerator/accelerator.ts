import type { OpenReadAhead } from '../proxy/listener/read-ahead.ts';
import { Connection, type ConnectionTerms } from './connection.ts';
import { Slab } from './plain-wire.ts';

/** Reads plain requests before Node's HTTP server does (README.md). */
export const openAccelerator: OpenReadAhead = (options) => {
  const terms: ConnectionTerms = { ...options, slab: new Slab(), heads: new WeakMap() };
  const connections = new Set<Connection>();
  return {
    take: (socket) => {
      const connection = new Connection(socket, terms, () => connections.delete(connection));
      connections.add(connection);
    },
    drain: () => {
      for (const connection of connections) connection.closeAfterAnswer();
    },
    closeIdle: () => {
      for (const { isAnswering, socket } of connections) if (!isAnswering) socket.destroy();
    },
    closeAll: () => {
      for (const { socket } of connections) socket.destroy();
    },
  };
};
