import type { LineBatch } from '../log/line-batch.ts';
import type { Log } from '../log/log.ts';
import type { AnsweredRequest } from '../proxy/answer/exchange.ts';
import { type RequestText, RequestTexts } from './request-texts.ts';

/**
 * The access log: one line a request, at level `info`.
 * @param now epoch milliseconds
 * @param elapsed the clock that requests are timed with
 */
export const accessLog = (
  log: Log,
  now: () => number,
  elapsed: () => number,
): ((answered: AnsweredRequest) => void) => {
  if (!log.enabled('info')) return () => {};
  const lines = new AccessLines();
  const add = log.lines((texts: readonly RequestText[], batch) =>
    lines.write(texts, now() - elapsed(), batch),
  );
  return (answered) => add(lines.keep(answered));
};

/** What is kept of each request besides its text, as numbers side by side. */
const SEQUENCE = 0;
const ENDED_AT = 1;
const DURATION_MS = 2;
const UPSTREAM_MS = 3;
const NUMBERS = 4;

/**
 * Writes lines by hand, of as few pieces as it can, at a tenth of the cost of a general serialiser (docs/performance.md). Lines are made
 * many at a time; by then, what their requests were made of has left the processor's caches. So of each request a text and four numbers are kept.
 */
export class AccessLines {
  readonly #texts = new RequestTexts();
  readonly #beginning = new Beginning();
  #numbers = new Float64Array(256 * NUMBERS);
  #kept = 0;

  /** Takes of a request what will be written of it. @returns its text, to be given back */
  keep(answered: AnsweredRequest): RequestText {
    const numbers = this.#room();
    const at = this.#kept++ * NUMBERS;
    numbers[at + SEQUENCE] = answered.id.sequence;
    numbers[at + ENDED_AT] = answered.endedAt;
    numbers[at + DURATION_MS] = answered.durationMs;
    numbers[at + UPSTREAM_MS] = answered.upstreamMs ?? Number.NaN;
    return this.#texts.of(answered);
  }

  /**
   * Writes a line for each request that was kept since the last call.
   * @param texts theirs, in their order
   * @param difference epoch milliseconds, less what requests are timed with
   */
  write(texts: readonly RequestText[], difference: number, batch: LineBatch): void {
    for (let i = 0; i < texts.length; i++)
      this.#writeLine(texts[i] as RequestText, i * NUMBERS, difference, batch);
    this.#kept = 0;
  }

  #writeLine(text: RequestText, at: number, difference: number, batch: LineBatch): void {
    const numbers = this.#numbers;
    const upstreamMs = numbers[at + UPSTREAM_MS] as number;
    batch.bytes(
      this.#beginning.at(Math.round((numbers[at + ENDED_AT] as number) + difference), text.idPrefix),
    );
    batch.number(numbers[at + SEQUENCE] as number, 36);
    this.#texts.add(text, batch);
    addTime(batch, numbers[at + DURATION_MS] as number);
    if (!Number.isNaN(upstreamMs)) {
      batch.bytes(UPSTREAM);
      addTime(batch, upstreamMs);
    }
    batch.byte(BRACE);
    batch.byte(LINE_END);
    batch.end();
  }

  #room(): Float64Array {
    if (this.#kept * NUMBERS === this.#numbers.length) {
      const numbers = new Float64Array(2 * this.#numbers.length);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    return this.#numbers;
  }
}

/** Adds a time with three decimals; the wall clock, which times what is upstream, may be set back. */
const addTime = (batch: LineBatch, milliseconds: number): void =>
  batch.thousandths(Math.max(0, Math.round(milliseconds * 1000)));

const UPSTREAM = Buffer.from(',"upstreamMs":');
const BRACE = 0x7d;
const LINE_END = 0x0a;

/** The line up to the number of the request: the same for all of one millisecond. */
class Beginning {
  #millisecond = -1;
  #prefix = '';
  #bytes = Buffer.alloc(0);

  at(now: number, prefix: string): Uint8Array {
    if (now !== this.#millisecond || prefix !== this.#prefix) {
      this.#millisecond = now;
      this.#prefix = prefix;
      const time = new Date(now).toISOString();
      this.#bytes = Buffer.from(`{"level":"info","time":"${time}","event":"request","id":"${prefix}-`);
    }
    return this.#bytes;
  }
}
