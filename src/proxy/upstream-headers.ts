import { FORWARDED_ACCEPT, type ReportFormat } from '../cache/negotiated-format.ts';
import type { StoredResponse } from '../cache/stored-response.ts';
import type { RequestHead } from './request-head.ts';
import type { Route } from './route.ts';

/**
 * The header fields that go upstream: a list of what is allowed, not a copy with things taken out, so that nothing of a caller's
 * credentials, cookies or hop-by-hop fields can slip through under any spelling. `Host` and `Authorization` are added
 * later, last, by others. No `Via`: some front ends answer requests through proxies uncompressed (docs/decisions/003).
 */
export const upstreamHeaders = (
  route: Route,
  head: RequestHead,
  format: ReportFormat,
  validating: StoredResponse | undefined,
  rawRequest: readonly string[],
): readonly string[] => {
  if (isPlain(route, head, validating)) return PLAIN[format];
  const headers = ['accept-encoding', 'gzip', 'user-agent', USER_AGENT];
  const accept = route.kind === 'report' ? FORWARDED_ACCEPT[format] : head.accept;
  if (accept !== undefined) headers.push('accept', accept);
  if (head.traceparent !== undefined && TRACEPARENT.test(head.traceparent)) {
    headers.push('traceparent', head.traceparent);
    if (head.tracestate !== undefined && TRACESTATE.test(head.tracestate))
      headers.push('tracestate', head.tracestate);
  }
  if (route.caching === undefined) {
    // Nothing is stored, so the caller's own copy may be validated.
    if (head.ifNoneMatch !== undefined) headers.push('if-none-match', head.ifNoneMatch);
    if (head.ifModifiedSince !== undefined) headers.push('if-modified-since', head.ifModifiedSince);
  } else if (validating !== undefined) {
    pushConditions(headers, validating, route);
  }
  if (route.forwardHeaders.length > 0) pushForwarded(headers, rawRequest, route.forwardHeaders);
  return headers;
};

const USER_AGENT = 'cmu-proxy';

/** Whether the format alone decides: always the same list then, which is not written out anew for each request. */
const isPlain = (route: Route, head: RequestHead, validating: StoredResponse | undefined): boolean =>
  route.kind === 'report' &&
  head.traceparent === undefined &&
  validating === undefined &&
  route.forwardHeaders.length === 0 &&
  (route.caching !== undefined || (head.ifNoneMatch === undefined && head.ifModifiedSince === undefined));

const plainHeaders = (format: ReportFormat): readonly string[] => [
  'accept-encoding',
  'gzip',
  'user-agent',
  USER_AGENT,
  'accept',
  FORWARDED_ACCEPT[format],
];

const PLAIN: Readonly<Record<ReportFormat, readonly string[]>> = {
  json: plainHeaders('json'),
  'hal+json': plainHeaders('hal+json'),
  xml: plainHeaders('xml'),
  csv: plainHeaders('csv'),
  html: plainHeaders('html'),
  other: plainHeaders('other'),
};

/** W3C Trace Context §3.2: nothing but hex digits, so that nothing can be smuggled in it. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** §3.3.1: free text of vendors, of a length that every participant passes on. */
const TRACESTATE = /^[\t\x20-\x7e]{1,512}$/;

/** Adobe's `Last-Modified` does not say when a report changed (adobe/api.md §6): only an `ETag` can validate one. */
const pushConditions = (headers: string[], stored: StoredResponse, route: Route): void => {
  if (stored.upstreamEtag !== undefined) headers.push('if-none-match', stored.upstreamEtag);
  if (stored.upstreamLastModified !== undefined && route.kind === 'pass-all') {
    headers.push('if-modified-since', stored.upstreamLastModified);
  }
};

/** Whether a stored copy has a validator that this route may use. */
export const canValidate = (stored: StoredResponse, route: Route): boolean =>
  stored.upstreamEtag !== undefined ||
  (stored.upstreamLastModified !== undefined && route.kind === 'pass-all');

/** The caller's credentials for this proxy, and the field that ours goes into, whatever a route is told to forward. */
const OURS: ReadonlySet<string> = new Set(['authorization', 'x-cmu-proxy-token']);

const pushForwarded = (headers: string[], rawRequest: readonly string[], names: readonly string[]): void => {
  for (let i = 0; i + 1 < rawRequest.length; i += 2) {
    const name = rawRequest[i]?.toLowerCase() ?? '';
    if (names.includes(name) && !OURS.has(name)) headers.push(name, rawRequest[i + 1] ?? '');
  }
};
