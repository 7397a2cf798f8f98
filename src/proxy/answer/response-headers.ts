import type { EpochMs } from '../../base/units.ts';
import { listMembers } from '../../http/field-value.ts';
import { rawHeaders } from '../../http/header-lookup.ts';

/** What of an upstream answer's header block reaches the caller (and the cache). Pure. */

/** Fields that belong to one connection (RFC 9110 §7.6.1), or that only the origin's own callers may have. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'alt-svc',
  'clear-site-data',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'www-authenticate',
  'proxy-status',
]);

/** Header fields, flat: names as spelt and values in turn; and the names in lower case. */
export interface ReceivedFields {
  readonly headers: readonly string[];
  readonly lowerNames: readonly string[];
}

/**
 * The fields that go on, as a flat list of names and values in upstream's order and spelling.
 * `Connection` may name more fields to drop, never fewer.
 */
export const forwardableHeaders = ({ headers, lowerNames }: ReceivedFields): string[] => {
  const named = connectionNamed(headers, lowerNames);
  const kept: string[] = [];
  for (let i = 0; i < lowerNames.length; i++) {
    const lowerName = lowerNames[i] ?? '';
    if (NOT_FORWARDED.has(lowerName) || named?.has(lowerName)) continue;
    kept.push(headers[2 * i] ?? '', headers[2 * i + 1] ?? '');
  }
  return kept;
};

/** `keep-alive`, which is nearly always all, never goes on. */
const connectionNamed = (
  headers: readonly string[],
  lowerNames: readonly string[],
): Set<string> | undefined => {
  let named: Set<string> | undefined;
  for (let i = lowerNames.indexOf('connection'); i !== -1; i = lowerNames.indexOf('connection', i + 1)) {
    const value = headers[2 * i + 1] ?? '';
    if (value === 'keep-alive') continue;
    named ??= new Set();
    for (const option of listMembers(value)) named.add(option);
  }
  return named;
};

/** The list with these request fields named in `Vary` (RFC 9110 §12.5.5), besides those already named. */
export const withVary = (headers: readonly string[], fields: string): string[] => {
  if (fields === '') return [...headers];
  const named = rawHeaders(headers)('vary');
  if (named === undefined) return [...headers, 'Vary', fields];
  if (named.includes('*')) return [...headers];
  const known = listMembers(named);
  const missing = fields.split(', ').filter((field) => !known.includes(field.toLowerCase()));
  return [...withoutHeaders(headers, 'vary'), 'Vary', [named, ...missing].join(', ')];
};

/** The list with a `Date`: whoever receives an answer without one adds the time of receipt (RFC 9110 §6.6.1). */
export const withDate = (headers: readonly string[], received: EpochMs): readonly string[] =>
  rawHeaders(headers)('date') === undefined
    ? [...headers, 'Date', new Date(received).toUTCString()]
    : headers;

/** The list without every field whose lower-case name is in `names`. */
export const withoutHeaders = (headers: readonly string[], ...names: readonly string[]): string[] => {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!names.includes(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
};
