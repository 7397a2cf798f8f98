import { Recent } from '../base/recent.ts';
import { LineBatch } from '../log/line-batch.ts';
import type { AnsweredRequest } from '../proxy/answer/exchange.ts';

/** What a line of the access log says of a request in words: from behind the number of the request to before its duration. */
export interface RequestText
  extends Pick<
    AnsweredRequest,
    'method' | 'route' | 'target' | 'status' | 'cache' | 'problem' | 'caller' | 'traceparent'
  > {
  /** Of the process that has answered. */
  readonly idPrefix: string;
  readonly length: number;
  /** All of it, written, if it has come again. */
  bytes: Uint8Array | undefined;
}

/** The same reports are asked for again and again, so the texts of the last ones are kept. */
export class RequestTexts {
  readonly #recent = new Recent<RequestText>();
  #asked = { method: '', route: '', bytes: NOTHING };
  #outcome = { status: 0, cache: '', bytes: NOTHING };

  of(answered: AnsweredRequest): RequestText {
    // Who asks again does not miss again.
    if (answered.cache === 'miss') return newText(answered);
    const { target } = answered;
    const last = this.#recent.get(target);
    if (last !== undefined && isOf(last, answered)) {
      last.bytes ??= this.#bytesOf(last);
      return last;
    }
    const text = newText(answered);
    this.#recent.set(target, text);
    return text;
  }

  /** Adds the text to a line. What comes from the caller is looked at; all other fields are of our own making and need no escaping. */
  add(text: RequestText, batch: LineBatch): void {
    if (text.bytes !== undefined) {
      batch.bytes(text.bytes);
      return;
    }
    const { problem, caller, traceparent } = text;
    batch.bytes(this.#askedOf(text));
    addOutside(batch, text.target);
    batch.bytes(this.#outcomeOf(text));
    batch.number(text.length);
    if (problem !== undefined) batch.ascii(`,"problem":"${problem}"`);
    if (caller !== undefined) batch.text(`,"caller":"${caller}"`);
    if (traceparent !== undefined) {
      batch.ascii(',"traceparent":"');
      addOutside(batch, traceparent);
      batch.ascii('"');
    }
    batch.bytes(DURATION);
  }

  #bytesOf(text: RequestText): Uint8Array {
    let bytes = NOTHING;
    const batch = new LineBatch(
      (written, done) => {
        bytes = Buffer.from(written);
        done();
      },
      () => {},
      MOST_BYTES_OF_MOST,
    );
    this.add(text, batch);
    batch.end();
    batch.flush();
    return bytes;
  }

  #askedOf({ method, route }: RequestText): Uint8Array {
    if (method !== this.#asked.method || route !== this.#asked.route) {
      const bytes = Buffer.from(`","method":${JSON.stringify(method)},"route":"${route}","target":"`);
      this.#asked = { method, route, bytes };
    }
    return this.#asked.bytes;
  }

  #outcomeOf({ status, cache }: RequestText): Uint8Array {
    if (status !== this.#outcome.status || cache !== this.#outcome.cache) {
      const bytes = Buffer.from(`","status":${status},"cache":"${cache}","bytes":`);
      this.#outcome = { status, cache, bytes };
    }
    return this.#outcome.bytes;
  }
}

const NOTHING = Buffer.alloc(0);
const DURATION = Buffer.from(',"durationMs":');
const MOST_BYTES_OF_MOST = 512;

const isOf = (text: RequestText, answered: AnsweredRequest): boolean =>
  text.length === answered.bytes &&
  text.status === answered.status &&
  text.cache === answered.cache &&
  text.method === answered.method &&
  text.route === answered.route &&
  text.problem === answered.problem &&
  text.caller === answered.caller &&
  text.traceparent === answered.traceparent &&
  text.idPrefix === answered.id.prefix;

const newText = (answered: AnsweredRequest): RequestText => {
  const { id, method, route, target, status, cache, problem, caller, traceparent } = answered;
  const asked = { idPrefix: id.prefix, method, route, target, problem, caller, traceparent };
  return { ...asked, status, cache, length: answered.bytes, bytes: undefined };
};

/** Adds what came from outside, to stand between quotes. Hardly any of it needs more than the look. */
const addOutside = (batch: LineBatch, text: string): void => {
  if (UNESCAPED.test(text)) batch.ascii(text);
  else batch.text(JSON.stringify(text).slice(1, -1));
};

const UNESCAPED = /^[\x20!#-[\]-~]*$/;
