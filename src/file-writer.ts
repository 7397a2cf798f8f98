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
 * (SonicBoom 4.2) copies each piece into fresh memory first, which costs a quarter of what a line of the access log does.
 */
export class FileWriter {
  readonly #fd: number;
  readonly #mostBytes: number;
  readonly #pieces: Piece[] = [];
  #bytes = 0;
  /** The first piece is with the kernel, or waits until a full pipe has room. */
  #isBusy = false;
  #isWithKernel = false;
  #onIdle: (() => void) | undefined;
  readonly #later: (retry: () => void) => void;

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
    this.#add(bytes, done);
    if (!this.#isBusy) this.#writeFirst();
  }

  /** The same at once, after all that waits. */
  writeSync(bytes: Uint8Array, done: () => void): void {
    this.#add(bytes, done);
    this.flushSync();
  }

  /** Writes on the program's thread what is not with the kernel yet. What is comes to its end by itself, even if the process ends. */
  flushSync(): void {
    const underWay = this.#isWithKernel ? 1 : 0;
    for (let tries = 0; this.#pieces.length > underWay && tries < LAST_TRIES; ) {
      const piece = this.#pieces[underWay] as Piece;
      try {
        this.#pass(piece, writeSync(this.#fd, piece.bytes));
      } catch (error) {
        if (isFull(error)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
        else this.#pass(piece, piece.bytes.length);
        tries++;
      }
    }
  }

  /** @returns when nothing waits any more */
  idle(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #add(bytes: Uint8Array, done: () => void): void {
    if (this.#bytes + bytes.length > this.#mostBytes) {
      done();
      return;
    }
    this.#bytes += bytes.length;
    this.#pieces.push({ bytes, done });
  }

  #writeFirst(): void {
    const piece = this.#pieces[0];
    this.#isBusy = piece !== undefined;
    this.#isWithKernel = this.#isBusy;
    if (piece === undefined) this.#onIdle?.();
    else write(this.#fd, piece.bytes, (error, length) => this.#onWritten(piece, error, length));
  }

  #onWritten(piece: Piece, error: Error | null, length: number): void {
    this.#isWithKernel = false;
    if (error !== null && isFull(error)) {
      this.#later(() => this.#writeFirst());
      return;
    }
    this.#pass(piece, error === null ? length : piece.bytes.length);
    this.#writeFirst();
  }

  /** So many bytes of the piece are done with. */
  #pass(piece: Piece, length: number): void {
    piece.bytes = piece.bytes.subarray(length);
    this.#bytes -= length;
    if (piece.bytes.length > 0) return;
    this.#pieces.splice(this.#pieces.indexOf(piece), 1);
    piece.done();
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY');
