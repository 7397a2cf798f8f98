/**
 * Collects lines as bytes and passes them on together. Handed to the file one by one, the lines of the access log cost three times as much; kept as
 * texts until then, their pieces outlive a collection of young objects, and a hit costs 3 % more (docs/performance.md).
 */
export class LineBatch {
  readonly #write: (lines: Buffer) => void;
  readonly #later: (flush: () => void) => void;
  #bytes = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #length = 0;
  #waiting = false;
  readonly #onTime = (): void => {
    this.#waiting = false;
    this.flush();
  };

  /**
   * @param later calls back after the longest time that a line may wait
   */
  constructor(write: (lines: Buffer) => void, later: (flush: () => void) => void) {
    this.#write = write;
    this.#later = later;
  }

  /** @param line with its line end */
  add(line: string): void {
    if (this.#length + MOST_BYTES_A_UNIT * line.length > BATCH_BYTES) this.flush();
    if (MOST_BYTES_A_UNIT * line.length > BATCH_BYTES) {
      this.#write(Buffer.from(line));
      return;
    }
    this.#length += this.#bytes.write(line, this.#length);
    if (!this.#waiting) {
      this.#waiting = true;
      this.#later(this.#onTime);
    }
  }

  /** Passes on what there is: before something else is written, and before the process ends. */
  flush(): void {
    if (this.#length === 0) return;
    const lines = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#length = 0;
    this.#write(lines);
  }
}

const BATCH_BYTES = 65_536;
/** In UTF-8, of a UTF-16 unit. */
const MOST_BYTES_A_UNIT = 3;
