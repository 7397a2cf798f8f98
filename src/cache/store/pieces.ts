/** Small pieces are copied into blocks of this size: a buffer costs far more than the bytes of a small piece. */
const BLOCK_BYTES = 16_384;
/** From here on a piece is kept as it is. */
const LARGE_BYTES = BLOCK_BYTES / 2;

/** Bytes that came in pieces, at the cost of their length: an answer may come byte by byte. */
export class Pieces {
  readonly #blocks: Buffer[] = [];
  /** The last block, while there is room in it. */
  #open: Buffer | undefined;
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    this.#length += piece.length;
    // Nothing is gained by a copy of what is alone, or large.
    if (piece.length >= LARGE_BYTES || (this.#length === piece.length && piece.length >= ALONE_BYTES)) {
      this.#close();
      this.#blocks.push(piece);
      return;
    }
    for (let rest = piece; rest.length > 0; ) {
      this.#open ??= Buffer.allocUnsafe(BLOCK_BYTES);
      const copied = rest.copy(this.#open, this.#used);
      this.#used += copied;
      rest = rest.subarray(copied);
      if (this.#used === BLOCK_BYTES) this.#close();
    }
  }

  /** What came from this byte on. Views: nothing is copied. */
  *from(start: number): Generator<Buffer> {
    let at = 0;
    for (const block of this.blocks()) {
      if (at + block.length > start) yield block.subarray(Math.max(0, start - at));
      at += block.length;
    }
  }

  blocks(): readonly Buffer[] {
    return this.#open === undefined ? this.#blocks : [...this.#blocks, this.#open.subarray(0, this.#used)];
  }

  /** All of it in one piece; what came in one is not copied. */
  joined(): Buffer {
    const [first, second] = this.blocks();
    return first !== undefined && second === undefined ? first : Buffer.concat(this.blocks());
  }

  #close(): void {
    if (this.#open !== undefined) this.#blocks.push(this.#open.subarray(0, this.#used));
    this.#open = undefined;
    this.#used = 0;
  }
}

/** A first piece from here on is kept as it is: most reports come whole. */
const ALONE_BYTES = 256;
