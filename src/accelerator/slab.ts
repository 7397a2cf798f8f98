import type { Socket } from 'node:net';

/** Room for a head and the largest body that is joined with one. */
const SLAB_BYTES = 32_768;

/** Where answers are put together, as long as the kernel takes them at once. */
export class Slab {
  #bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);

  /** Texts are Latin-1. */
  write(socket: Socket, head: string, body: Buffer | string): void {
    const length = head.length + body.length;
    // TLS keeps the bytes for a while.
    const isKept = length > SLAB_BYTES || 'encrypted' in socket;
    const bytes = isKept ? Buffer.allocUnsafe(length) : this.#bytes.subarray(0, length);
    bytes.write(head, 'latin1');
    if (typeof body === 'string') bytes.write(body, head.length, 'latin1');
    else bytes.set(body, head.length);
    socket.write(bytes);
    if (!isKept && socket.writableLength > 0) this.#bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  }
}
