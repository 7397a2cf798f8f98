import type { Socket } from 'node:net';
import { Writable } from 'node:stream';

/** What a response needs of the connection that it is written on. */
export interface ResponseChannel {
  readonly socket: Socket;
  /** @returns the bytes of this head */
  head(status: number, fields: readonly string[]): string;
  /** All of it has been handed to the kernel. */
  onFinished(): void;
}

/** An answer in pieces on a plain connection: sized by its `Content-Length`, or else chunked (RFC 9112 §6). */
export class PlainResponse extends Writable {
  readonly #channel: ResponseChannel;
  /** Waits for the first piece, to leave with it. */
  #head: string | undefined;
  #chunked = false;
  #bodiless = false;
  #headersSent = false;

  constructor(channel: ResponseChannel) {
    super({ highWaterMark: channel.socket.writableHighWaterMark });
    this.#channel = channel;
    // A connection that is lost says so by closing; there is nobody to hear more about it.
    this.on('error', () => {});
  }

  get socket(): Socket {
    return this.#channel.socket;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  writeHead(status: number, fields: string[]): this {
    this.#bodiless = status === 204 || status === 304;
    this.#chunked = !this.#bodiless && !isSized(fields);
    const framed = this.#chunked ? [...fields, 'Transfer-Encoding', 'chunked'] : fields;
    this.#head = this.#channel.head(status, framed);
    this.#headersSent = true;
    return this;
  }

  flushHeaders(): void {
    if (this.#head !== undefined) this.socket.write(this.#takeHead(), 'latin1');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { socket } = this;
    if (this.#bodiless || chunk.length === 0) {
      done();
      return;
    }
    socket.cork();
    const before = this.#takeHead() + (this.#chunked ? `${chunk.length.toString(16)}\r\n` : '');
    if (before !== '') socket.write(before, 'latin1');
    const written = this.#settled(done);
    if (this.#chunked) {
      socket.write(chunk);
      socket.write('\r\n', 'latin1', written);
    } else {
      socket.write(chunk, written);
    }
    socket.uncork();
  }

  override _final(done: () => void): void {
    const last = this.#takeHead() + (this.#chunked ? '0\r\n\r\n' : '');
    const finished = this.#settled(() => {
      done();
      this.#channel.onFinished();
    });
    this.socket.write(last, 'latin1', finished);
  }

  /** What could not be written is lost with its connection, not an error of ours. */
  #settled(done: () => void): (error?: Error | null) => void {
    return (error) => {
      if (error) this.destroy();
      else done();
    };
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.writableFinished) this.socket.destroy();
    done(null);
  }

  #takeHead(): string {
    const head = this.#head ?? '';
    this.#head = undefined;
    return head;
  }
}

const isSized = (fields: readonly string[]): boolean => {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.length === 14 && fields[i]?.toLowerCase() === 'content-length') return true;
  }
  return false;
};
