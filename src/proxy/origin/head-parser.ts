import type { AnswerHead } from './answer-handler.ts';
import { OriginError } from './origin-error.ts';

/** How the end of a body is found (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

export interface ParsedHead extends AnswerHead {
  readonly framing: Framing;
  /** Whether the connection may serve another request (RFC 9112 §9.3). */
  readonly persistent: boolean;
}

const MAX_FIELDS = 256;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a value must not hold: control characters end or hide fields elsewhere (RFC 9110 §5.5). */
const FORBIDDEN_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;
const LENGTH = /^\d{1,15}$/;

const invalid = (what: string): OriginError => new OriginError('INVALID_ANSWER', `The answer has ${what}.`);

/**
 * Parses the head of an answer to a GET, strictly: what two parsers could read in two ways is an error, since the rest of the connection
 * would belong to somebody else then (request smuggling, response queue poisoning).
 * @param text the head in Latin-1, without the empty line that ends it
 * @throws {OriginError} `INVALID_ANSWER`
 */
export const parseHead = (text: string): ParsedHead => {
  let lineEnd = text.indexOf('\r\n');
  if (lineEnd === -1) lineEnd = text.length;
  const statusLine = STATUS_LINE.exec(text.slice(0, lineEnd));
  if (statusLine === null) throw invalid('no valid status line');
  const status = Number(statusLine[2]);
  const facts = new FramingFacts(statusLine[1] === '0');
  const headers: string[] = [];
  for (let start = lineEnd + 2; start < text.length; start = lineEnd + 2) {
    lineEnd = text.indexOf('\r\n', start);
    if (lineEnd === -1) lineEnd = text.length;
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon > lineEnd) throw invalid('a header line without a colon');
    const name = text.slice(start, colon);
    if (!FIELD_NAME.test(name)) throw invalid('an invalid header name');
    const field = text.slice(colon + 1, lineEnd);
    // Before the white space goes: a bare CR or LF would go with it.
    if (FORBIDDEN_IN_VALUE.test(field)) throw invalid('a control character in a header value');
    const value = field.trim();
    if (headers.push(name, value) > 2 * MAX_FIELDS) throw invalid('too many header fields');
    facts.note(name, value);
  }
  const framing = facts.framing(status);
  return {
    status,
    headers,
    framed: framing.kind !== 'until-close',
    framing,
    persistent: facts.persistent && framing.kind !== 'until-close',
  };
};

/** Collects the fields that say where the body ends and whether the connection goes on. */
class FramingFacts {
  readonly #isHttp10: boolean;
  #length: string | undefined;
  #transferEncoding: string | undefined;
  persistent: boolean;

  constructor(isHttp10: boolean) {
    this.#isHttp10 = isHttp10;
    this.persistent = !isHttp10;
  }

  note(name: string, value: string): void {
    // Lengths first: most names end here without being lower-cased.
    switch (name.length) {
      case 10:
        if (name.toLowerCase() === 'connection') this.#noteConnection(value.toLowerCase());
        return;
      case 14:
        if (name.toLowerCase() !== 'content-length') return;
        if (this.#length !== undefined) throw invalid('more than one Content-Length');
        if (!LENGTH.test(value)) throw invalid('an invalid Content-Length');
        this.#length = value;
        return;
      case 17:
        if (name.toLowerCase() !== 'transfer-encoding') return;
        if (this.#transferEncoding !== undefined) throw invalid('more than one Transfer-Encoding');
        this.#transferEncoding = value.toLowerCase();
    }
  }

  #noteConnection(value: string): void {
    if (value.includes('close')) this.persistent = false;
    else if (this.#isHttp10 && value.includes('keep-alive')) this.persistent = true;
  }

  framing(status: number): Framing {
    if (this.#transferEncoding !== undefined) {
      if (this.#isHttp10) throw invalid('a Transfer-Encoding in HTTP/1.0');
      if (this.#length !== undefined) throw invalid('both Content-Length and Transfer-Encoding');
      if (this.#transferEncoding !== 'chunked') throw invalid('an unknown Transfer-Encoding');
    }
    if (status < 200 || status === 204 || status === 304) return { kind: 'none' };
    if (this.#transferEncoding !== undefined) return { kind: 'chunked' };
    if (this.#length === undefined) return { kind: 'until-close' };
    return this.#length === '0' ? { kind: 'none' } : { kind: 'length', length: Number(this.#length) };
  }
}
