import type { AnswerHead } from './answer-handler.ts';
import { type FieldLine, type FieldLines, invalidHead } from './field-lines.ts';

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
const LENGTH = /^\d{1,15}$/;

/**
 * Parses the head of an answer to a GET, strictly: what two parsers could read in two ways is an error, since the rest of the connection
 * would belong to somebody else then (request smuggling, response queue poisoning).
 * @param text the head in Latin-1, without the empty line that ends it
 * @param lines of this origin
 * @throws {OriginError} `INVALID_ANSWER`
 */
export const parseHead = (text: string, lines: FieldLines): ParsedHead => {
  let lineEnd = text.indexOf('\r\n');
  if (lineEnd === -1) lineEnd = text.length;
  const { status, isHttp10 } = readStatusLine(text.slice(0, lineEnd));
  const facts = new FramingFacts(isHttp10);
  const headers: string[] = [];
  const lowerNames: string[] = [];
  for (let start = lineEnd + 2; start < text.length; start = lineEnd + 2) {
    const line = lines.read(text, start, lowerNames.length);
    lineEnd = start + line.text.length;
    if (lowerNames.push(line.lowerName) > MAX_FIELDS) throw invalidHead('too many header fields');
    headers.push(line.name, line.value);
    facts.note(line);
  }
  const framing = facts.framing(status);
  return {
    status,
    headers,
    lowerNames,
    framed: framing.kind !== 'until-close',
    framing,
    persistent: facts.persistent && framing.kind !== 'until-close',
  };
};

const readStatusLine = (line: string): { readonly status: number; readonly isHttp10: boolean } => {
  if (line === 'HTTP/1.1 200 OK') return OK;
  const [, minor, status] = STATUS_LINE.exec(line) ?? [];
  if (status === undefined) throw invalidHead('no valid status line');
  return { status: Number(status), isHttp10: minor === '0' };
};

/** Most answers begin so. */
const OK = { status: 200, isHttp10: false };

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

  note({ lowerName, value }: FieldLine): void {
    switch (lowerName) {
      case 'connection':
        this.#noteConnection(value.toLowerCase());
        return;
      case 'content-length':
        if (this.#length !== undefined) throw invalidHead('more than one Content-Length');
        if (!LENGTH.test(value)) throw invalidHead('an invalid Content-Length');
        this.#length = value;
        return;
      case 'transfer-encoding':
        if (this.#transferEncoding !== undefined) throw invalidHead('more than one Transfer-Encoding');
        this.#transferEncoding = value.toLowerCase();
    }
  }

  #noteConnection(value: string): void {
    if (value.includes('close')) this.persistent = false;
    else if (this.#isHttp10 && value.includes('keep-alive')) this.persistent = true;
  }

  framing(status: number): Framing {
    if (this.#transferEncoding !== undefined) {
      if (this.#isHttp10) throw invalidHead('a Transfer-Encoding in HTTP/1.0');
      if (this.#length !== undefined) throw invalidHead('both Content-Length and Transfer-Encoding');
      if (this.#transferEncoding !== 'chunked') throw invalidHead('an unknown Transfer-Encoding');
    }
    if (status < 200 || status === 204 || status === 304) return { kind: 'none' };
    if (this.#transferEncoding !== undefined) return { kind: 'chunked' };
    if (this.#length === undefined) return { kind: 'until-close' };
    return this.#length === '0' ? { kind: 'none' } : { kind: 'length', length: Number(this.#length) };
  }
}
