import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** A response that is written piece by piece. Node's own is one. */
export interface CallerResponse extends Writable {
  readonly socket: Socket | null;
  readonly headersSent: boolean;
  /** @param fields names and values in turn */
  writeHead(status: number, fields: string[]): CallerResponse;
  /** Sends the head now, not with the first piece of the body. */
  flushHeaders(): void;
}

/** Bodies up to this size leave in one write with their head. */
const MAX_COPIED_BYTES = 16_384;

/** Whether a body is copied before it is written: its memory is free as soon as it has been handed to a {@link Reply}. */
export const isCopied = (body: string | Buffer): boolean => body.length <= MAX_COPIED_BYTES;

/** The way back to one caller, for one answer. */
export interface Reply {
  /** For answers that come in pieces. Made when it is first asked for. */
  readonly response: CallerResponse;
  /** Whether the whole answer has left. */
  readonly isComplete: boolean;
  /**
   * Sends an answer that is all there.
   * @param fields flat, `Content-Length` among them if there is a body
   * @param body in Latin-1 where it is text; empty for a head alone. One that is not copied ({@link isCopied}) must stay as it is
   */
  whole(status: number, fields: readonly string[], body: string | Buffer): void;
  /** The same with status 200, and a list of fields that is the very same for many answers: it need not be written out for each. */
  prepared(fields: readonly string[], body: string | Buffer): void;
  /** Sends an answer before the answer (RFC 9110 §15.2), if the caller can understand it. */
  interim(status: number, fields: readonly string[]): void;
  /** Breaks off: only a broken connection tells the caller that an answer is not whole. */
  destroy(): void;
  /** Who is told, once, when the answer has left or its connection is lost. Nobody else is told then. */
  watch(watcher: ReplyWatcher): void;
  /** It need not be told any more. */
  unwatch(watcher: ReplyWatcher): void;
}

export interface ReplyWatcher {
  /** See {@link Reply.isComplete} for how it ended. */
  onClosed(): void;
}

/** A {@link Reply} by Node's HTTP server. */
export class NodeReply implements Reply {
  readonly response: ServerResponse;
  #watcher: ReplyWatcher | undefined;
  readonly #onClose = (): void => this.#watcher?.onClosed();

  constructor(response: ServerResponse) {
    this.response = response;
    response.once('close', this.#onClose);
  }

  get isComplete(): boolean {
    return this.response.writableFinished;
  }

  whole(status: number, fields: readonly string[], body: string | Buffer): void {
    this.response.writeHead(status, fields as string[]);
    if (typeof body === 'string') this.response.end(body, 'latin1');
    else if (isCopied(body)) this.response.end(body.toString('latin1'), 'latin1');
    else this.response.end(body);
  }

  prepared(fields: readonly string[], body: string | Buffer): void {
    this.whole(200, fields, body);
  }

  interim(status: number, fields: readonly string[]): void {
    const { response } = this;
    // HTTP/1.0 knows none. Node.js has the method since 24.18.
    if (response.req.httpVersionMinor > 0 && 'writeInformation' in response) {
      response.writeInformation(status, fields as string[]);
    }
  }

  destroy(): void {
    this.response.destroy();
  }

  watch(watcher: ReplyWatcher): void {
    this.#watcher = watcher;
  }

  unwatch(watcher: ReplyWatcher): void {
    if (this.#watcher === watcher) this.#watcher = undefined;
  }
}
