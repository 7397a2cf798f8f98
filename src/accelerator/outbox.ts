import type { Socket } from 'node:net';

/** A whole answer, head and body in one piece, which waits for the end of the turn. */
export interface Parcel {
  leave(): void;
}

/** Room for a head and the largest body that is joined with one. */
const SLAB_BYTES = 32_768;

/**
 * Whole answers leave together, when everything that came in this turn has been read: a write by itself costs the
 * kernel a wake-up of whoever reads it, and is half of what a hit costs.
 */
export class Outbox {
  #waiting: Parcel[] = [];
  /** Where answers are put together, as long as the kernel takes them at once. */
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);

  add(parcel: Parcel): void {
    if (this.#waiting.push(parcel) === 1) setImmediate(() => this.flush());
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    const leaving = this.#waiting;
    this.#waiting = [];
    for (const parcel of leaving) parcel.leave();
  }

  /** Texts are Latin-1. */
  write(socket: Socket, head: string, body: Buffer | string): void {
    const length = head.length + body.length;
    // TLS keeps the bytes for a while.
    const isKept = length > SLAB_BYTES || 'encrypted' in socket;
    const bytes = isKept ? Buffer.allocUnsafe(length) : this.#slab.subarray(0, length);
    bytes.write(head, 'latin1');
    if (typeof body === 'string') bytes.write(body, head.length, 'latin1');
    else bytes.set(body, head.length);
    socket.write(bytes);
    if (!isKept && socket.writableLength > 0) this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  }
}
