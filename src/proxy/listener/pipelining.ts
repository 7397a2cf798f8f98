import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for the answers before theirs. Each costs some kilobytes while it does. */
const MOST_WAITING = 64;

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves the requests of a connection one after the other, as `serve` would by itself if nobody sent a request before the answer to the
 * last one (RFC 9112 §9.3.2). So a connection is one request at a time upstream as well, and what follows an answer that ends the
 * connection is never looked at. A caller who sends too many ahead is cut off.
 */
export const inTurn = (serve: Serve): Serve => {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    // Node gives a response its socket when the answers before it are written.
    if (response.socket !== null) {
      serve(request, response);
      return;
    }
    const { socket } = request;
    const count = (waiting.get(socket) ?? 0) + 1;
    waiting.set(socket, count);
    if (count > MOST_WAITING) {
      socket.destroy();
      return;
    }
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      serve(request, response);
    });
  };
};
