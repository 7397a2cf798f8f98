/**
 * Collects the lines of one turn of the event loop and passes them on together. Redacted, turned into bytes and handed to the file one by
 * one, the lines of the access log cost four times as much (docs/performance.md).
 */
export class LineBatch {
  readonly #write: (lines: string) => void;
  readonly #atTurnEnd = (): void => this.flush();
  #lines = '';

  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  /** @param line with its line end */
  add(line: string): void {
    if (this.#lines === '') setImmediate(this.#atTurnEnd);
    this.#lines += line;
  }

  /** Passes on what there is, before something else is written. */
  flush(): void {
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    this.#write(lines);
  }
}
