import type { AnsweredRequest } from '../proxy/exchange.ts';
import { Recent } from '../recent.ts';

/** What a line of the access log says of a request in words. */
export interface RequestText {
  /** Of the process that has answered. */
  readonly idPrefix: string;
  /** From behind the number of the request to before its duration. */
  readonly bytes: Uint8Array;
}

interface KeptText
  extends RequestText,
    Pick<AnsweredRequest, 'method' | 'route' | 'status' | 'cache' | 'problem' | 'caller' | 'traceparent'> {
  readonly length: number;
}

/** The same reports are asked for again and again, so the texts of the last ones are kept. */
export class RequestTexts {
  readonly #recent = new Recent<KeptText>();

  of(answered: AnsweredRequest): RequestText {
    const { target } = answered;
    const last = this.#recent.get(target);
    if (last !== undefined && isOf(last, answered)) return last;
    const text = newText(answered);
    this.#recent.set(target, text);
    return text;
  }
}

const isOf = (text: KeptText, answered: AnsweredRequest): boolean =>
  text.length === answered.bytes &&
  text.status === answered.status &&
  text.cache === answered.cache &&
  text.method === answered.method &&
  text.route === answered.route &&
  text.problem === answered.problem &&
  text.caller === answered.caller &&
  text.traceparent === answered.traceparent &&
  text.idPrefix === answered.id.prefix;

/** What comes from the caller is looked at; all other fields are of our own making and need no escaping. */
const newText = (answered: AnsweredRequest): KeptText => {
  const { id, method, route, target, status, cache, bytes: length, problem, caller, traceparent } = answered;
  let text = `","method":${JSON.stringify(method)},"route":"${route}","target":"${escaped(target)}","status":${status},"cache":"${cache}","bytes":${length}`;
  if (problem !== undefined) text += `,"problem":"${problem}"`;
  if (caller !== undefined) text += `,"caller":"${caller}"`;
  if (traceparent !== undefined) text += `,"traceparent":"${escaped(traceparent)}"`;
  const bytes = Buffer.from(`${text},"durationMs":`);
  return { idPrefix: id.prefix, bytes, method, route, status, cache, length, problem, caller, traceparent };
};

/** Text from outside, to stand between quotes. Hardly any of it needs more than the look. */
const escaped = (text: string): string => (UNESCAPED.test(text) ? text : JSON.stringify(text).slice(1, -1));

const UNESCAPED = /^[\x20!#-[\]-~]*$/;
