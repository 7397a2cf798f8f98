import { trimmed } from '../../http/fields.ts';
import type { ReportFormat } from './negotiated-format.ts';

interface Shape {
  /** Essence of the media type, in lower case (RFC 9110 §8.3.1). */
  readonly types: RegExp;
  /** First and last bytes that are not white space. */
  readonly starts: RegExp;
  readonly ends: RegExp;
}

const JSON_SHAPE: Shape = { types: /^(application|text)\/([\w.-]+\+)?json$/, starts: /[{[]/, ends: /[}\]]/ };

const SHAPES: Readonly<Partial<Record<ReportFormat, Shape>>> = {
  json: JSON_SHAPE,
  'hal+json': JSON_SHAPE,
  xml: { types: /^(application|text)\/([\w.-]+\+)?xml$/, starts: /</, ends: />/ },
  csv: {
    types: /^(text\/|application\/(csv|octet-stream|vnd\.ms-excel)$)/,
    // A server between us and Adobe may answer a page as 200 with any type, or an object that tells an error.
    starts: /[^<{[]/,
    ends: /./,
  },
};

/**
 * Whether an answer of this type may stand in for a report: a login or maintenance page may come with 200. Formats that
 * Adobe does not define (`html`, `other`) are not judged, nor is an answer that names no type.
 */
export const hasTypeOf = (format: ReportFormat, contentType: string | undefined): boolean => {
  const types = SHAPES[format]?.types;
  if (types === undefined || contentType === undefined) return true;
  return types.test(trimmed(contentType.split(';', 1)[0] ?? '').toLowerCase());
};

/**
 * The same for its body, as far as its ends tell. A body that is cut is known by its framing and coding, not here.
 * @param decoded the body without its coding, or its beginning and end
 */
export const hasShapeOf = (format: ReportFormat, decoded: Uint8Array): boolean => {
  let start = BYTE_ORDER_MARK.equals(decoded.subarray(0, 3)) ? 3 : 0;
  let end = decoded.length;
  while (start < end && isSpace(decoded[start])) start++;
  while (end > start && isSpace(decoded[end - 1])) end--;
  if (start === end) return false;
  const { starts, ends } = SHAPES[format] ?? {};
  const character = (at: number): string => String.fromCharCode(decoded[at] ?? 0);
  return starts?.test(character(start)) !== false && ends?.test(character(end - 1)) !== false;
};

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
