/**
 * Collects lines and passes them on together. Redacted, turned into bytes and handed to the file one by one, the lines of the access log cost
 * three times as much (docs/performance.md).
 */
export class LineBatch {
  readonly #write: (lines: string) => void;
  readonly #later: (flush: () => void) => void;
  #lines = '';
  #waiting = false;
  readonly #onTime = (): void => {
    this.#waiting = false;
    this.flush();
  };

  /**
   * @param later calls back after the longest time that a line may wait
   */
  constructor(write: (lines: string) => void, later: (flush: () => void) => void) {
    this.#write = write;
    this.#later = later;
  }

  /** @param line with its line end */
  add(line: string): void {
    this.#lines += line;
    if (this.#lines.length >= MOST_CHARACTERS) {
      this.flush();
    } else if (!this.#waiting) {
      this.#waiting = true;
      this.#later(this.#onTime);
    }
  }

  /** Passes on what there is: before something else is written, and before the process ends. */
  flush(): void {
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    this.#write(lines);
  }
}

/** A text is put together from its pieces only now: more of them at a time would not be cheaper. */
const MOST_CHARACTERS = 16_384;
