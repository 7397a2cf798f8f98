import { trimmed } from '../../http/fields.ts';
import type { ReportFormat } from './negotiated-format.ts';

interface Shape {
  /** Essence of the media type, in lower case (RFC 9110 §8.3.1). */
  readonly types: RegExp;
  /** First and last bytes that are not white space. */
  readonly starts: string;
  readonly ends: string;
}

const JSON_SHAPE: Shape = { types: /^(application|text)\/([\w.-]+\+)?json$/, starts: '{[', ends: '}]' };

const SHAPES: Readonly<Partial<Record<ReportFormat, Shape>>> = {
  json: JSON_SHAPE,
  'hal+json': JSON_SHAPE,
  xml: { types: /^(application|text)\/([\w.-]+\+)?xml$/, starts: '<', ends: '>' },
};

/** What a server between us and Adobe may answer as 200 with any type: a page, an object that tells an error. */
const NO_CSV = '<{[';
const CSV_TYPES = /^(text\/|application\/(csv|octet-stream|vnd\.ms-excel)$)/;

/**
 * Whether an answer of this type may stand in for a report until the schedule says otherwise: a login or maintenance
 * page may come with 200. Formats that Adobe does not define (`html`, `other`) are not judged, nor is an answer that
 * names no type.
 */
export const hasTypeOf = (format: ReportFormat, contentType: string | undefined): boolean => {
  const types = format === 'csv' ? CSV_TYPES : SHAPES[format]?.types;
  return types === undefined || contentType === undefined || types.test(essence(contentType));
};

/**
 * The same for its body, as far as its ends tell. A body that is cut is known by its framing and coding, not here.
 * @param decoded the body without its coding, or its beginning and end
 */
export const hasShapeOf = (format: ReportFormat, decoded: Uint8Array): boolean => {
  const [first, last] = ends(decoded);
  if (first === undefined || last === undefined) return false;
  if (format === 'csv') return !NO_CSV.includes(first);
  const shape = SHAPES[format];
  return shape === undefined || (shape.starts.includes(first) && shape.ends.includes(last));
};

const essence = (contentType: string): string => trimmed(contentType.split(';', 1)[0] ?? '').toLowerCase();

/** The first and the last character that is not white space; a byte order mark counts as such. */
const ends = (body: Uint8Array): readonly [string | undefined, string | undefined] => {
  let start = isMarked(body) ? 3 : 0;
  let end = body.length;
  while (start < end && isSpace(body[start])) start++;
  while (end > start && isSpace(body[end - 1])) end--;
  return start === end ? [undefined, undefined] : [character(body[start]), character(body[end - 1])];
};

const isMarked = (body: Uint8Array): boolean => body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const character = (byte: number | undefined): string => String.fromCharCode(byte ?? 0);
