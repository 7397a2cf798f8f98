import type { Dispatcher } from 'undici';

/** The head of an answer, its fields flat: names as spelt and values in turn. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: readonly string[];
  /** The names among them in lower case. */
  readonly lowerNames: readonly string[];
  /**
   * Whether the end of the body can be told from a torn connection: by a length, by chunks, or because there is none.
   */
  readonly framed: boolean;
}

/** @param headers see {@link flatFields} */
export const answerHead = (status: number, headers: readonly string[]): AnswerHead => {
  const lowerNames: string[] = [];
  for (let i = 0; i < headers.length; i += 2) lowerNames.push((headers[i] ?? '').toLowerCase());
  const framed =
    isBodiless(status) || lowerNames.includes('content-length') || lowerNames.includes('transfer-encoding');
  return { status, headers, lowerNames, framed };
};

/** The fields of the answer at hand as text, names and values in turn. undici has them in the controller, as bytes. */
export const flatFields = ({ rawHeaders }: Dispatcher.DispatchController): string[] =>
  Array.isArray(rawHeaders) ? rawHeaders.map(textOf) : [];

const textOf = (raw: Buffer | string): string =>
  typeof raw === 'string' ? raw : trimmed(raw.toString('latin1'));

/** llhttp leaves what stands behind a value. `trim` would take more than HTTP's white space. */
const trimmed = (text: string): string => {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0x09) end--;
  return end === text.length ? text : text.slice(0, end);
};

/** RFC 9110 §6.4.1. */
const isBodiless = (status: number): boolean => status < 200 || status === 204 || status === 304;

/** A request's fields, flat, in whatever form undici takes them. A flat list is given back as it is. */
export const flatRequestFields = (headers: Dispatcher.DispatchOptions['headers']): string[] => {
  if (headers === undefined || headers === null) return [];
  if (isFlat(headers)) return headers;
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.flatMap(([name, value]) => valuesOf(value).flatMap((one) => [name, one]));
};

const isFlat = (headers: NonNullable<Dispatcher.DispatchOptions['headers']>): headers is string[] =>
  Array.isArray(headers);

const valuesOf = (value: string | number | string[] | undefined): readonly string[] =>
  value === undefined ? [] : [value].flat().map(String);
