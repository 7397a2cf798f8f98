import { OriginError } from './origin-error.ts';

/** One line of a header block (RFC 9110 §5). */
export interface Field {
  readonly name: string;
  readonly lowerName: string;
  readonly value: string;
}

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a value must not hold: control characters end or hide fields elsewhere (RFC 9110 §5.5). */
const FORBIDDEN_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

const MAX_KNOWN_LINES = 128;
/** Longer ones are kept nowhere: with a line stays the text of the head that it is a part of. */
const MAX_KNOWN_LENGTH = 128;

/** Fields that are different in each answer, more or less: there is no use in knowing them. */
const CHANGING: ReadonlySet<string> = new Set([
  'age',
  'content-length',
  'date',
  'etag',
  'expires',
  'last-modified',
  'location',
  'set-cookie',
]);

/** @throws {OriginError} `INVALID_ANSWER` */
export const invalidHead = (what: string): OriginError =>
  new OriginError('INVALID_ANSWER', `The answer has ${what}.`);

/** Reads the lines of header blocks. What an origin says once it says in each of its answers, so the reading of most lines is remembered. */
export class FieldLines {
  readonly #known = new Map<string, Field>();

  /**
   * @param line without its end, in Latin-1
   * @throws {OriginError} `INVALID_ANSWER`
   */
  read(line: string): Field {
    const known = this.#known.get(line);
    if (known !== undefined) return known;
    const field = readLine(line);
    if (line.length <= MAX_KNOWN_LENGTH && !CHANGING.has(field.lowerName)) {
      if (this.#known.size === MAX_KNOWN_LINES) this.#known.clear();
      this.#known.set(line, field);
    }
    return field;
  }
}

const readLine = (line: string): Field => {
  const colon = line.indexOf(':');
  if (colon === -1) throw invalidHead('a header line without a colon');
  const name = line.slice(0, colon);
  if (!FIELD_NAME.test(name)) throw invalidHead('an invalid header name');
  const value = line.slice(colon + 1);
  // Before the white space goes: a bare CR or LF would go with it.
  if (FORBIDDEN_IN_VALUE.test(value)) throw invalidHead('a control character in a header value');
  return { name, lowerName: name.toLowerCase(), value: value.trim() };
};
