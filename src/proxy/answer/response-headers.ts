import type { EpochMs } from '../../base/units.ts';
import { fieldNames, listMembers, rawHeaders } from '../../http/fields.ts';
import type { AnswerHead } from '../../upstream/flat-fields.ts';

/**
 * What a report or its delivery may say, of all that are known to be harmless: others act on the origin that a browser
 * got it from (`Service-Worker-Allowed`, `Refresh`, `NEL`, CORS) or on a server in front of us (`X-Accel-Redirect`).
 */
const FORWARDED = fieldNames(`
  accept-ranges age allow cache-control cdn-cache-control cache-status content-digest content-disposition
  content-encoding content-language content-length content-location content-range content-type date deprecation digest
  etag expires last-modified link location pragma ratelimit ratelimit-limit ratelimit-policy ratelimit-remaining
  ratelimit-reset repr-digest retry-after server server-timing sunset traceparent traceresponse vary via warning
  x-amz-cf-id x-amzn-trace-id x-correlation-id x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset x-request-id
  x-trace-id
`);

/** Whatever a route is told to let through: they belong to one connection, or to who may set cookies here. */
const NEVER_FORWARDED = fieldNames(`
  connection keep-alive proxy-connection proxy-authenticate proxy-authentication-info proxy-status set-cookie
  set-cookie2 te trailer transfer-encoding upgrade content-security-policy x-content-type-options www-authenticate
`);

/** A report is data: a browser that is led to one runs nothing of it, and takes it for what it says that it is. */
export const DATA_ONLY: readonly string[] = [
  'Content-Security-Policy',
  'sandbox',
  'X-Content-Type-Options',
  'nosniff',
];

/** `Connection` may name more fields to drop, never fewer. @param more that this route lets through, in lower case */
export const forwardableHeaders = (
  { headers, lowerNames }: Pick<AnswerHead, 'headers' | 'lowerNames'>,
  more: ReadonlySet<string>,
): string[] => {
  const named = connectionNamed(headers, lowerNames);
  const kept: string[] = [];
  for (let i = 0; i < lowerNames.length; i++) {
    const lowerName = lowerNames[i] ?? '';
    const known = FORWARDED.has(lowerName) || (more.has(lowerName) && !NEVER_FORWARDED.has(lowerName));
    if (known && !named?.has(lowerName)) kept.push(headers[2 * i] ?? '', headers[2 * i + 1] ?? '');
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

/**
 * What a caller gets who had to show a token: caches in between keep it for whoever shows the same, and shared ones not
 * at all (RFC 9111 §3.5 says so of `Authorization` alone).
 */
export const forCallerOnly = (headers: readonly string[]): string[] => {
  const varied = withVary(headers, 'X-Cmu-Proxy-Token, Authorization');
  const told = rawHeaders(headers)('cache-control');
  if (told === undefined || /\b(?:private|no-store)\b/i.test(told)) return varied;
  return [...withoutHeaders(varied, 'cache-control'), 'Cache-Control', `private, ${told}`];
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
