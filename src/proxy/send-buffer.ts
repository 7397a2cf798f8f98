import type { Socket } from 'node:net';
import { TurnQueue } from '../turn-queue.ts';

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

/** Of larger answers, a copy would cost more than a second piece to write. */
const MAX_BYTES = 65_536;
const BUFFER_BYTES = 4 * MAX_BYTES;

/**
 * Where heads and bodies are put together, to be one write each when the turn ends. Joined as text they cost V8 a copy of both for each answer, and
 * its collection later: a tenth of a hit (docs/performance.md). Once the kernel has taken all, the same memory is used again.
 */
export class SendBuffer {
  #bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #length = 0;
  #isStillSending = false;
  readonly #queue = new TurnQueue<Parcel>(
    (parcel) => this.#write(parcel),
    () => this.#startAgain(),
  );

  /**
   * Sends an answer when the turn ends.
   * @param head in Latin-1
   * @param body in Latin-1 where it is text
   */
  send(sender: Sender, head: string, body: string | Buffer): void {
    const length = head.length + body.length;
    this.#queue.add(
      length <= MAX_BYTES
        ? { sender, head: undefined, rest: this.#joined(head, body, length) }
        : { sender, head, rest: body },
    );
  }

  #write({ sender, head, rest }: Parcel): void {
    const { socket } = sender;
    if (socket.destroyed) return;
    if (head === undefined) {
      socket.write(rest);
    } else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(rest, 'latin1');
      socket.uncork();
    }
    if (socket.writableLength > 0) this.#isStillSending = true;
    sender.onSent();
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    this.#queue.flush();
  }

  #joined(head: string, body: string | Buffer, length: number): Buffer {
    if (this.#length + length > BUFFER_BYTES) this.#renew();
    const bytes = this.#bytes;
    const start = this.#length;
    const bodyStart = start + head.length;
    bytes.write(head, start, 'latin1');
    if (typeof body === 'string') bytes.write(body, bodyStart, 'latin1');
    else bytes.set(body, bodyStart);
    this.#length = start + length;
    return bytes.subarray(start, this.#length);
  }

  #startAgain(): void {
    if (this.#isStillSending) this.#renew();
    else this.#length = 0;
  }

  #renew(): void {
    this.#bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#length = 0;
    this.#isStillSending = false;
  }
}
