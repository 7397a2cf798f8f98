import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { leaveNow } from '../answer/wire.ts';

/** Requests of one connection that may wait for the answers before theirs. Each costs some kilobytes while it does. */
const MOST_WAITING = 64;

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

interface Connection {
  readonly isOver: boolean;
  /** It ends with its next answer. */
  isLeaving: boolean;
  answer: ServerResponse | undefined;
  hasAnswered: boolean;
  waiting: number;
  /** Nothing more is read: what ends the connection when the requests before have their answers. */
  end: (() => void) | undefined;
}

export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Socket): void {
    const isOver = this.#open.size >= this.#most;
    const none = { answer: undefined, hasAnswered: false, waiting: 0, end: undefined };
    this.#open.set(socket, { ...none, isOver, isLeaving: false });
    socket.once('close', () => this.#open.delete(socket));
    // Before Node ends it.
    socket.once('end', leaveNow);
  }

  /** Whether the connection came when there were too many, and there still are. */
  isOver(socket: Socket): boolean {
    return this.#open.size > this.#most && this.#open.get(socket)?.isOver === true;
  }

  isLeaving(socket: Socket): boolean {
    return this.#open.get(socket)?.isLeaving === true;
  }

  isAnswering(socket: Socket): boolean {
    return this.#open.get(socket)?.answer !== undefined;
  }

  /**
   * Calls `end` when the requests that came whole before bytes that cannot be served have their answers. A request that
   * these bytes are a part of gets none, unless it is refused without them.
   */
  endAfterAnswers(socket: Socket, end: () => void): void {
    leaveNow();
    const connection = this.#open.get(socket);
    if (connection?.answer === undefined) {
      end();
      return;
    }
    connection.end = end;
    destroyIfCut(connection.answer, socket);
  }

  isIdle(socket: Socket): boolean {
    const connection = this.#open.get(socket);
    return connection?.answer === undefined && connection?.hasAnswered === true;
  }

  /**
   * Serves the requests of a connection one after the other, also upstream, however many come ahead of their turn (RFC
   * 9112 §9.3.2). What follows an answer that ends it is never looked at. Who sends too many ahead is cut off.
   */
  inTurn(serve: Serve): Serve {
    return (request, response) => {
      const { socket } = request;
      const connection = this.#open.get(socket);
      if (connection === undefined) {
        socket.destroy();
        return;
      }
      const begin = (): void => {
        connection.answer = response;
        response.once('close', () => {
          connection.hasAnswered = true;
          if (connection.answer !== response) return;
          connection.answer = undefined;
          if (connection.waiting === 0) connection.end?.();
        });
        serve(request, response);
        if (connection.end !== undefined) destroyIfCut(response, socket);
      };
      // Node gives a response its socket when the answers before it are written.
      if (response.socket !== null) {
        begin();
        return;
      }
      connection.waiting++;
      if (connection.waiting > MOST_WAITING) {
        socket.destroy();
        return;
      }
      // With several at once no answer waits for the end of the turn: the caller may have ended by then.
      leaveNow();
      response.once('socket', () => {
        connection.waiting--;
        begin();
        leaveNow();
      });
    };
  }

  /** Those that are open end with the next answer that still can say so. */
  drain(): void {
    for (const connection of this.#open.values()) {
      connection.isLeaving = true;
      if (connection.answer?.headersSent === false) connection.answer.shouldKeepAlive = false;
    }
  }
}

/** Nothing will complete the request any more. */
const destroyIfCut = ({ req, writableEnded }: ServerResponse, socket: Socket): void => {
  if (!req.complete && !writableEnded) socket.destroy();
};
