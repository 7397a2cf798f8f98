/**
 * Where lines are written as bytes, to be passed on together. Handed to the file one by one, the lines of the access log cost three times as much; made as
 * texts first, twice, and all that they leave to be collected (docs/performance.md).
 */
export class LineBatch {
  readonly #write: (lines: Buffer) => void;
  readonly #later: (flush: () => void) => void;
  readonly #batchBytes: number;
  #bytes: Buffer;
  #length = 0;
  /** Where the last whole line ends. */
  #wholeLength = 0;
  #isWaiting = false;
  readonly #onTime = (): void => {
    this.#isWaiting = false;
    this.flush();
  };

  /**
   * @param write gets whole lines, in memory that is not used again
   * @param later calls back after the longest time that a line may wait
   */
  constructor(write: (lines: Buffer) => void, later: (flush: () => void) => void, batchBytes = 65_536) {
    this.#write = write;
    this.#later = later;
    this.#batchBytes = batchBytes;
    this.#bytes = Buffer.allocUnsafeSlow(batchBytes);
  }

  /** Adds bytes to the line under way. */
  bytes(part: Uint8Array): void {
    this.#makeRoom(part.length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  /** Adds a text of ASCII alone. */
  ascii(text: string): void {
    this.#makeRoom(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /** Adds any text, in UTF-8. */
  text(text: string): void {
    this.bytes(Buffer.from(text));
  }

  /**
   * Adds a whole number that is not negative.
   * @param base 36 at most
   */
  number(value: number, base = 10): void {
    this.#makeRoom(MAX_DIGITS);
    const start = this.#length;
    this.#length += digitsOf(value, base);
    let rest = value;
    for (let at = this.#length - 1; at >= start; at--) {
      const whole = Math.floor(rest / base);
      const digit = rest - whole * base;
      this.#bytes[at] = digit + (digit < 10 ? ZERO : LETTER_A - 10);
      rest = whole;
    }
  }

  /** Adds a number that is not negative, given in thousandths. */
  thousandths(value: number): void {
    const whole = Math.floor(value / 1000);
    this.number(whole);
    this.#makeRoom(4);
    const bytes = this.#bytes;
    let rest = value - whole * 1000;
    for (let at = this.#length + 3; at > this.#length; at--) {
      const tens = Math.floor(rest / 10);
      bytes[at] = ZERO + rest - tens * 10;
      rest = tens;
    }
    bytes[this.#length] = POINT;
    this.#length += 4;
  }

  /** The line is complete, its line end included. */
  end(): void {
    this.#wholeLength = this.#length;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#later(this.#onTime);
  }

  /** Passes on what there is of whole lines: before something else is written, and before the process ends. */
  flush(): void {
    if (this.#wholeLength > 0) this.#renew(0);
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) this.#renew(bytes);
  }

  /** Passes whole lines on, and takes the line under way along into new memory. */
  #renew(bytes: number): void {
    const full = this.#bytes;
    const end = this.#wholeLength;
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(this.#batchBytes, this.#length - end + bytes));
    this.#length = full.copy(this.#bytes, 0, end, this.#length);
    this.#wholeLength = 0;
    if (end > 0) this.#write(full.subarray(0, end));
  }
}

/** Of the largest safe integer in base 2. */
const MAX_DIGITS = 53;
const ZERO = 0x30;
const POINT = 0x2e;
const LETTER_A = 0x61;

const digitsOf = (value: number, base: number): number => {
  let digits = 1;
  for (let bound = base; value >= bound; bound *= base) digits++;
  return digits;
};
