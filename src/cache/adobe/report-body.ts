import { trimmed } from '../../http/field-value.ts';
import type { ReportFormat } from './negotiated-format.ts';

/** Why a body is no report in the format that was asked for. */
export type BodyDefect = 'empty' | 'media-type' | 'not-a-report';

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
 * Whether a body may stand in for a report until the schedule says otherwise: it is what it says that it is, as far as its type and its ends tell.
 * A body that is cut is known by its framing and coding, not here.
 * @param decoded the whole body without its coding
 * @returns `undefined` for a report; for formats that Adobe does not define (`html`, `other`) only an empty body is refused
 */
export const bodyDefect = (
  format: ReportFormat,
  contentType: string | undefined,
  decoded: Uint8Array,
): BodyDefect | undefined => {
  const [first, last] = ends(decoded);
  if (first === undefined || last === undefined) return 'empty';
  const type = contentType === undefined ? undefined : essence(contentType);
  if (format === 'csv') {
    if (type !== undefined && !CSV_TYPES.test(type)) return 'media-type';
    return NO_CSV.includes(first) ? 'not-a-report' : undefined;
  }
  const shape = SHAPES[format];
  if (shape === undefined) return undefined;
  if (type !== undefined && !shape.types.test(type)) return 'media-type';
  return shape.starts.includes(first) && shape.ends.includes(last) ? undefined : 'not-a-report';
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
