import { trimmed } from '../../http/fields.ts';
import { eachParameter, percentDecoded } from '../../http/query.ts';
import { eachWeighted } from '../../http/weighted-list.ts';

/** The representation that the request asks for. `other` is an `Accept` that no report can meet. */
export type ReportFormat = 'json' | 'hal+json' | 'xml' | 'csv' | 'html' | 'other';

/**
 * The `Accept` to send upstream, never the caller's own: the format is part of the cache key, so nothing unkeyed can
 * choose the answer. For `other` it is a type that no report has: Adobe's 406 comes through.
 */
export const FORWARDED_ACCEPT: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json',
  'hal+json': 'application/hal+json',
  xml: 'application/xml',
  csv: 'text/csv',
  html: 'text/html',
  other: 'application/octet-stream',
};

/**
 * By Adobe's precedence (`docs/adobe.md` §6): extension of the last path segment, then `format=`, then `Accept`, then
 * JSON. A value that is not known does not decide.
 * @param query raw, without `?`
 */
export const negotiatedFormat = (path: string, query: string, accept: string | undefined): ReportFormat =>
  extensionFormat(path) ?? parameterFormat(query) ?? acceptedFormat(accept);

const FORMATS: ReadonlyMap<string, ReportFormat> = new Map(
  (['json', 'xml', 'csv', 'html'] as const).map((name) => [name, name]),
);

const extensionFormat = (path: string): ReportFormat | undefined => {
  const dot = path.lastIndexOf('.');
  return dot === -1 || path.indexOf('/', dot) !== -1 ? undefined : FORMATS.get(path.slice(dot + 1));
};

const parameterFormat = (query: string): ReportFormat | undefined => {
  if (!query.includes('format')) return undefined;
  let format: ReportFormat | undefined;
  eachParameter(query, (name, value) => {
    if (name === 'format' && value !== undefined) format ??= FORMATS.get(percentDecoded(value));
  });
  return format;
};

const MEDIA_RANGES: ReadonlyMap<string, ReportFormat> = new Map([
  ['*/*', 'json'],
  ['application/*', 'json'],
  ['application/json', 'json'],
  ['application/hal+json', 'hal+json'],
  ['application/xml', 'xml'],
  ['application/hal+xml', 'xml'],
  ['text/xml', 'xml'],
  ['text/*', 'csv'],
  ['text/csv', 'csv'],
  ['text/html', 'html'],
]);

/**
 * The most wanted format of an `Accept` field (RFC 9110 §12.5.1): the highest weight, and of equal ones the first.
 * Parameters other than `q` are not looked at. Absent, empty and `*\/*` take Adobe's default, JSON.
 */
export const acceptedFormat = (accept: string | undefined): ReportFormat => {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'json';
  if (trimmed(accept) === '') return 'json';
  let best: ReportFormat = 'other';
  let bestWeight = 0;
  eachWeighted(accept, (range, weight) => {
    const format = MEDIA_RANGES.get(range);
    if (format === undefined || weight <= bestWeight) return;
    best = format;
    bestWeight = weight;
  });
  return best;
};
