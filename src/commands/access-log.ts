import type { LineBatch } from '../line-batch.ts';
import type { Log } from '../log.ts';
import type { AnsweredRequest } from '../proxy/exchange.ts';

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
  return log.lines((requests: readonly AnsweredRequest[], batch) => {
    const difference = now() - elapsed();
    for (const request of requests) lines.write(request, Math.round(request.endedAt + difference), batch);
  });
};

/**
 * Writes lines by hand, of as few pieces as it can, at a tenth of the cost of a general serialiser (docs/performance.md): what comes from
 * the caller is looked at, all other fields are of our own making and need no escaping; what was so in the last line is not made anew.
 */
export class AccessLines {
  readonly #beginning = new Beginning();
  #method = '';
  #route = '';
  #asked = NOTHING;
  #status = 0;
  #cache = '';
  #outcome = NOTHING;

  /** @param now epoch milliseconds */
  write(answered: AnsweredRequest, now: number, batch: LineBatch): void {
    const { id, target, durationMs, upstreamMs, bytes, problem, caller, traceparent } = answered;
    batch.bytes(this.#beginning.at(now, id.prefix));
    batch.number(id.sequence, 36);
    batch.bytes(this.#askedOf(answered));
    addOutside(batch, target);
    batch.bytes(this.#outcomeOf(answered));
    addTime(batch, durationMs);
    if (upstreamMs !== undefined) {
      batch.bytes(UPSTREAM_MS);
      addTime(batch, upstreamMs);
    }
    batch.bytes(BYTES);
    batch.number(bytes);
    if (problem !== undefined) batch.ascii(`,"problem":"${problem}"`);
    if (caller !== undefined) batch.text(`,"caller":"${caller}"`);
    if (traceparent !== undefined) {
      batch.ascii(',"traceparent":"');
      addOutside(batch, traceparent);
      batch.ascii('"');
    }
    batch.bytes(END);
    batch.end();
  }

  #askedOf({ method, route }: AnsweredRequest): Uint8Array {
    if (method !== this.#method || route !== this.#route) {
      this.#method = method;
      this.#route = route;
      this.#asked = Buffer.from(`","method":${JSON.stringify(method)},"route":"${route}","target":"`);
    }
    return this.#asked;
  }

  #outcomeOf({ status, cache }: AnsweredRequest): Uint8Array {
    if (status !== this.#status || cache !== this.#cache) {
      this.#status = status;
      this.#cache = cache;
      this.#outcome = Buffer.from(`","status":${status},"cache":"${cache}","durationMs":`);
    }
    return this.#outcome;
  }
}

/** Adds what came from outside, to stand between quotes. Hardly any of it needs more than the look. */
const addOutside = (batch: LineBatch, text: string): void => {
  if (UNESCAPED.test(text)) batch.ascii(text);
  else batch.text(JSON.stringify(text).slice(1, -1));
};

const UNESCAPED = /^[\x20!#-[\]-~]*$/;

/** Adds a time with three decimals; the wall clock, which times what is upstream, may be set back. */
const addTime = (batch: LineBatch, milliseconds: number): void =>
  batch.thousandths(Math.max(0, Math.round(milliseconds * 1000)));

const NOTHING = Buffer.alloc(0);
const UPSTREAM_MS = Buffer.from(',"upstreamMs":');
const BYTES = Buffer.from(',"bytes":');
const END = Buffer.from('}\n');

/** The line up to the number of the request: the same for all of one millisecond. */
class Beginning {
  #millisecond = -1;
  #prefix = '';
  #bytes = NOTHING;

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
