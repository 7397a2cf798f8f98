import type { Socket } from 'node:net';
import type { CallerResponse, Reply, ReplyWatcher } from '../proxy/answer/reply.ts';
import type { SendBuffer, Sender } from '../proxy/answer/send-buffer.ts';
import { interimHead } from './answer-head.ts';
import { PlainResponse, type ResponseChannel } from './plain-response.ts';

/** What an answer needs of its connection. */
export interface ReplyChannel {
  readonly socket: Socket;
  /** @returns the bytes of this head; it may be the last on the connection */
  head(status: number, fields: readonly string[]): string;
  /** The same for status 200 and a list that comes again. */
  preparedHead(fields: readonly string[]): string;
  readonly sendBuffer: SendBuffer;
  /** How long the caller may take nothing of it. */
  readonly writeTimeoutMs: number;
  /** The answer is complete: on to the next request. */
  onAnswered(): void;
}

/** The answer to one plain request. A whole one is a single write; an object to write it with is only made for answers in pieces. */
export class PlainReply implements Reply, ResponseChannel, Sender {
  readonly #channel: ReplyChannel;
  #response: PlainResponse | undefined;
  #watcher: ReplyWatcher | undefined;
  #complete = false;

  constructor(channel: ReplyChannel) {
    this.#channel = channel;
  }

  get socket(): Socket {
    return this.#channel.socket;
  }

  get response(): CallerResponse {
    if (this.#response === undefined) {
      this.#response = new PlainResponse(this);
      this.#response.once('close', () => this.#close());
    }
    return this.#response;
  }

  get isComplete(): boolean {
    return this.#complete;
  }

  whole(status: number, fields: readonly string[], body: string | Buffer): void {
    this.#send(this.head(status, fields), body);
  }

  prepared(fields: readonly string[], body: string | Buffer): void {
    this.#send(this.#channel.preparedHead(fields), body);
  }

  #send(head: string, body: string | Buffer): void {
    this.#channel.sendBuffer.send(this, head, body);
  }

  onSent(): void {
    if (this.socket.writableLength === 0) this.onFinished();
    else this.#awaitReader();
  }

  interim(status: number, fields: readonly string[]): void {
    this.socket.write(interimHead(status, fields), 'latin1');
  }

  destroy(): void {
    this.socket.destroy();
  }

  watch(watcher: ReplyWatcher): void {
    this.#watcher = watcher;
  }

  unwatch(watcher: ReplyWatcher): void {
    if (this.#watcher === watcher) this.#watcher = undefined;
  }

  head(status: number, fields: readonly string[]): string {
    return this.#channel.head(status, fields);
  }

  onFinished(): void {
    if (this.#complete || this.socket.destroyed) return;
    this.#complete = true;
    this.#channel.onAnswered();
    if (this.#response === undefined) this.#close();
  }

  /** The connection is gone. */
  lost(): void {
    if (this.#complete) return;
    if (this.#response === undefined) this.#close();
    else this.#response.destroy();
  }

  /** Node's socket time-out sees whether the kernel still takes bytes. */
  #awaitReader(): void {
    const { socket } = this;
    const giveUp = () => socket.destroy();
    socket.setTimeout(this.#channel.writeTimeoutMs, giveUp);
    socket.write('', () => {
      socket.setTimeout(0, giveUp);
      this.onFinished();
    });
  }

  #close(): void {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.onClosed();
  }
}
