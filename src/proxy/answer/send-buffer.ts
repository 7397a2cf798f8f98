import type { Socket } from 'node:net';
import { ItemQueue } from '../../base/item-queue.ts';
import { isCopied } from './reply.ts';

/** Whose answer is to leave. */
export interface Sender {
  readonly socket: Socket;
  /** Mostly the kernel has taken all of it by now; see the socket's `writableLength`. */
  onSent(): void;
}

interface Parcel {
  readonly sender: Sender;
  /** In Latin-1, unless it is within the rest. */
  readonly head: string | undefined;
  readonly rest: Buffer | string;
}

/** Of one buffer: what a caller who does not take a small answer keeps from being used again. */
const BUFFER_BYTES = 32_768;
const MAX_SHELVED = 16;

/**
 * Where heads and small bodies are put together, to be one write each when the turn ends (docs/decisions/009). Joined as text they cost V8 a copy of both for
 * each answer, and its collection later. Once the kernel has taken all of a buffer, it is used again.
 */
export class SendBuffer {
  readonly #reuses: boolean;
  readonly #shelf: Buffer[] = [];
  /** Those that hold what is to leave this turn; the last one has room. */
  #buffers: Buffer[] = [];
  #length = 0;
  readonly #queue = new ItemQueue<Parcel>((parcels) => this.#write(parcels), setImmediate);

  /** @param reuses whether the sockets take bytes at once. Those of TLS never do: each answer has memory of its own then */
  constructor(reuses = true) {
    this.#reuses = reuses;
  }

  /**
   * Sends an answer when the turn ends.
   * @param head in Latin-1
   * @param body in Latin-1 where it is text; copied at once or left as it is, see {@link isCopied}
   */
  send(sender: Sender, head: string, body: string | Buffer): void {
    this.#queue.add(
      isCopied(body)
        ? { sender, head: undefined, rest: this.#joined(head, body) }
        : { sender, head, rest: body },
    );
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    this.#queue.flush();
  }

  #joined(head: string, body: string | Buffer): Buffer {
    const bytes = this.#room(head.length + body.length);
    bytes.write(head, 'latin1');
    if (typeof body === 'string') bytes.write(body, head.length, 'latin1');
    else bytes.set(body, head.length);
    return bytes;
  }

  #room(length: number): Buffer {
    if (!this.#reuses || length > BUFFER_BYTES) return Buffer.allocUnsafe(length);
    let buffer = this.#buffers.at(-1);
    if (buffer === undefined || this.#length + length > BUFFER_BYTES) {
      buffer = this.#shelf.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
      this.#buffers.push(buffer);
      this.#length = 0;
    }
    const start = this.#length;
    this.#length += length;
    return buffer.subarray(start, this.#length);
  }

  #write(parcels: readonly Parcel[]): void {
    // Whatever is sent meanwhile goes elsewhere.
    const buffers = this.#buffers;
    this.#buffers = [];
    const untaken = new Set<unknown>();
    for (const { sender, head, rest } of parcels) {
      const { socket } = sender;
      if (socket.destroyed) continue;
      writeTo(socket, head, rest);
      if (socket.writableLength > 0 && typeof rest !== 'string') untaken.add(rest.buffer);
    }
    // All writes first: what is done for each caller after has its code and data at hand then, and nobody waits for it.
    for (const { sender } of parcels) if (!sender.socket.destroyed) sender.onSent();
    for (const buffer of buffers) {
      if (this.#shelf.length < MAX_SHELVED && !untaken.has(buffer.buffer)) this.#shelf.push(buffer);
    }
  }
}

const writeTo = (socket: Socket, head: string | undefined, rest: Buffer | string): void => {
  if (head === undefined) {
    socket.write(rest);
    return;
  }
  socket.cork();
  socket.write(head, 'latin1');
  socket.write(rest, 'latin1');
  socket.uncork();
};
