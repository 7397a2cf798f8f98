/**
 * Where lines are written as bytes, to be passed on together. Handed to the file one by one, the lines of the access log cost three times as much; made as
 * texts first, twice, and all that they leave to be collected (docs/performance.md).
 */
export class LineBatch {
  readonly #write: (lines: Buffer, done: () => void) => void;
  readonly #later: (flush: () => void) => void;
  readonly #batchBytes: number;
  #bytes: Buffer;
  /** Passed on before, and free again: memory that is touched for the first time costs ten times as much to fill. */
  #spare: Buffer | undefined;
  #length = 0;
  /** Where the last whole line ends. */
  #wholeLength = 0;
  #isWaiting = false;
  readonly #onTime = (): void => {
    this.#isWaiting = false;
    this.flush();
  };

  /**
   * @param write gets whole lines, and is to say when it is done with their memory
   * @param later calls back after the longest time that a line may wait
   */
  constructor(
    write: (lines: Buffer, done: () => void) => void,
    later: (flush: () => void) => void,
    batchBytes = BATCH_BYTES,
  ) {
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

  /** Adds one byte. */
  byte(value: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = value;
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

  /** Adds a whole number that is not negative. */
  number(value: number, base: 10 | 36 = 10): void {
    this.#makeRoom(MAX_DIGITS);
    this.#length =
      base === 10
        ? addDigits(this.#bytes, this.#length, value, 10)
        : addDigits(this.#bytes, this.#length, value, 36);
  }

  /** Adds a number that is not negative, given in thousandths. */
  thousandths(value: number): void {
    const whole = Math.floor(value / 1000);
    this.number(whole);
    this.#makeRoom(4);
    const bytes = this.#bytes;
    const rest = (value - whole * 1000) | 0;
    const tens = (rest / 10) | 0;
    const hundreds = (tens / 10) | 0;
    const at = this.#length;
    bytes[at] = POINT;
    bytes[at + 1] = ZERO + hundreds;
    bytes[at + 2] = ZERO + tens - hundreds * 10;
    bytes[at + 3] = ZERO + rest - tens * 10;
    this.#length = at + 4;
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
    this.#bytes = this.#memory(this.#length - end + bytes);
    this.#length = full.copy(this.#bytes, 0, end, this.#length);
    this.#wholeLength = 0;
    const done = (): void => {
      if (full.length === this.#batchBytes) this.#spare = full;
    };
    if (end > 0) this.#write(full.subarray(0, end), done);
    else done();
  }

  #memory(bytes: number): Buffer {
    const spare = this.#spare;
    if (spare === undefined || spare.length < bytes) {
      return Buffer.allocUnsafeSlow(Math.max(this.#batchBytes, bytes));
    }
    this.#spare = undefined;
    return spare;
  }
}

/** Some 15 ms of the busiest log there can be: handing a piece to the kernel's side costs some 40 µs. Of one that is not busy, no more is touched than needed. */
const BATCH_BYTES = 524_288;
/** Of the largest safe integer in base 2. */
const MAX_DIGITS = 53;
const ZERO = 0x30;
const POINT = 0x2e;
const LETTER_A = 0x61;

/** @returns where the digits end */
const addDigits = (bytes: Uint8Array, start: number, value: number, base: number): number => {
  let rest = value;
  let end = start + 1;
  for (let bound = base; value >= bound; bound *= base) end++;
  let at = end - 1;
  for (; rest > MAX_INT; at--) {
    const whole = Math.floor(rest / base);
    bytes[at] = digit(rest - whole * base);
    rest = whole;
  }
  for (let small = rest | 0; at >= start; at--) {
    const whole = (small / base) | 0;
    bytes[at] = digit(small - whole * base);
    small = whole;
  }
  return end;
};

const MAX_INT = 2 ** 31 - 1;
const digit = (value: number): number => value + (value < 10 ? ZERO : LETTER_A - 10);
