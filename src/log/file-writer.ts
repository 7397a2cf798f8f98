import { write, writeSync } from 'node:fs';

/** How long a pipe that is full is left alone, if writing to it does not block by itself. */
const RETRY_MS = 100;
/** So often, when nothing can be put off any more. */
const LAST_TRIES = 20;

interface Piece {
  bytes: Uint8Array;
  readonly done: () => void;
}

/**
 * Writes to a file descriptor in the order given, one piece at a time and off the program's thread, so that nobody waits for a slow reader.
 * A piece that cannot be written is dropped: a reader may have left, a disk may be full and have room again later. pino's own
 * (SonicBoom 4.2) copies each piece into fresh memory first, which costs a quarter of what a line of the access log does; here only what has to wait is copied.
 */
export class FileWriter {
  readonly #fd: number;
  readonly #mostBytes: number;
  readonly #later: (retry: () => void) => void;
  /** With the kernel, or until a full pipe has room. */
  #piece: Piece | undefined;
  #isWithKernel = false;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /**
   * @param mostBytes so much may wait; what comes beyond is dropped rather than memory filled
   * @param later calls back when a full pipe may have room again
   */
  constructor(
    fd: number,
    mostBytes: number,
    later = (retry: () => void): void => void setTimeout(retry, RETRY_MS),
  ) {
    this.#fd = fd;
    this.#mostBytes = mostBytes;
    this.#later = later;
  }

  /** @param done called when the memory of the bytes is free again, written or not */
  write(bytes: Uint8Array, done: () => void): void {
    if (this.#piece === undefined) {
      this.#start({ bytes, done });
    } else {
      this.#wait(bytes);
      done();
    }
  }

  /** The same on the program's thread, after all that waits; the memory is free when it returns. */
  writeSync(bytes: Uint8Array): void {
    this.#wait(bytes);
    this.flushSync();
  }

  /** Writes on the program's thread what is not with the kernel yet. What is comes to its end by itself, even if the process ends. */
  flushSync(): void {
    const waiting = this.#takeWaiting();
    if (this.#piece !== undefined && !this.#isWithKernel) {
      this.#writeAll(this.#piece.bytes);
      this.#end(this.#piece);
    }
    this.#writeAll(waiting);
  }

  /** @returns when nothing waits any more */
  idle(): Promise<void> {
    if (this.#piece === undefined) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #wait(bytes: Uint8Array): void {
    if (this.#waitingBytes + bytes.length > this.#mostBytes) return;
    this.#waiting.push(new Uint8Array(bytes));
    this.#waitingBytes += bytes.length;
  }

  #takeWaiting(): Uint8Array {
    const bytes = Buffer.concat(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return bytes;
  }

  #start(piece: Piece): void {
    this.#piece = piece;
    this.#isWithKernel = true;
    write(this.#fd, piece.bytes, (error, length) => this.#onWritten(piece, error, length));
  }

  #onWritten(piece: Piece, error: Error | null, length: number): void {
    this.#isWithKernel = false;
    if (error !== null && isFull(error)) {
      // It may have been flushed meanwhile.
      this.#later(() => this.#piece === piece && this.#start(piece));
      return;
    }
    piece.bytes = piece.bytes.subarray(error === null ? length : piece.bytes.length);
    if (piece.bytes.length > 0) this.#start(piece);
    else this.#end(piece);
  }

  #end({ done }: Piece): void {
    this.#piece = undefined;
    done();
    if (this.#waitingBytes > 0) {
      this.#start({ bytes: this.#takeWaiting(), done: () => {} });
    } else {
      this.#idle?.resolve();
      this.#idle = undefined;
    }
  }

  #writeAll(bytes: Uint8Array): void {
    let rest = bytes;
    for (let tries = 0; rest.length > 0 && tries < LAST_TRIES; ) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if (!isFull(error)) return;
        tries++;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY');
