import type { Release } from './answer-handler.ts';

/** Reads of this size keep system calls few on large reports; idle connections hold one each. */
const BUFFER_BYTES = 65_536;
const MAX_SHELVED = 64;

/**
 * The memory that one client reads into, used again and again. Left to itself, each read allocates 64 KiB outside of V8's heap, which
 * is collected late: tens of megabytes on a large report (docs/performance.md).
 */
export class ReadBuffers {
  readonly #shelf: Buffer[] = [];

  take(): Buffer {
    return this.#shelf.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  give(buffer: Buffer): void {
    if (this.#shelf.length < MAX_SHELVED) this.#shelf.push(buffer);
  }
}

/** What a connection reads into at the moment, and how many pieces of it are lent out. */
export class ReadBuffer {
  readonly bytes: Buffer;
  readonly #buffers: ReadBuffers;
  #lent = 0;
  #retired = false;

  constructor(buffers: ReadBuffers) {
    this.#buffers = buffers;
    this.bytes = buffers.take();
  }

  get isLent(): boolean {
    return this.#lent > 0;
  }

  /** Lends a piece out until the function is called. Whoever keeps the piece never calls it: the memory is then theirs. */
  lend(): Release {
    this.#lent++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#lent--;
      if (this.#retired) this.#giveBack();
    };
  }

  /** The connection reads elsewhere from now on. */
  retire(): void {
    this.#retired = true;
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#lent === 0) this.#buffers.give(this.bytes);
  }
}
