import { FORWARDED_ACCEPT, type ReportFormat } from '../../cache/adobe/negotiated-format.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { isForwardable } from '../../http/traceparent.ts';
import type { RequestHead } from '../gate/request-head.ts';
import type { Route } from '../gate/route.ts';
import type { Question } from './question.ts';

/**
 * A list of what is allowed, not a copy with things taken out, so that nothing of a caller's credentials, cookies or
 * hop-by-hop fields can slip through under any spelling. `Host` and `Authorization` are added later, last, by others.
 * No `Via`: some front ends answer requests through proxies uncompressed (docs/decisions/003).
 */
export const upstreamHeaders = (
  { route, head, format, fields }: Question,
  conditions: readonly string[],
): string[] => {
  const more = wayFields(head);
  more.push(...conditions);
  if (route.caching === undefined) {
    // Nothing is stored, so the caller's own copy may be validated.
    if (head.ifNoneMatch !== undefined) more.push('if-none-match', head.ifNoneMatch);
    if (head.ifModifiedSince !== undefined) more.push('if-modified-since', head.ifModifiedSince);
  }
  if (route.forwardHeaders.length > 0) pushForwarded(more, fields, route.forwardHeaders);
  const always = REPORT_HEADERS[format];
  return more.length === 0 ? always : [...always, ...more];
};

/** Which way the request has come. */
export const wayFields = ({ cdnLoop, traceparent, tracestate }: RequestHead): string[] => {
  const fields = cdnLoop === undefined ? [] : ['cdn-loop', cdnLoop];
  if (traceparent === undefined || !isForwardable(traceparent)) return fields;
  fields.push('traceparent', traceparent);
  if (tracestate !== undefined && TRACESTATE.test(tracestate)) fields.push('tracestate', tracestate);
  return fields;
};

const accepting = (accept: string): string[] => [
  ...['accept-encoding', 'gzip', 'user-agent', 'cmu-proxy'],
  ...['accept', accept],
];

/** The very same lists for all requests, so that the bearer need not be put into each anew. */
const REPORT_HEADERS: Readonly<Record<ReportFormat, string[]>> = {
  json: accepting(FORWARDED_ACCEPT.json),
  'hal+json': accepting(FORWARDED_ACCEPT['hal+json']),
  xml: accepting(FORWARDED_ACCEPT.xml),
  csv: accepting(FORWARDED_ACCEPT.csv),
  html: accepting(FORWARDED_ACCEPT.html),
  other: accepting(FORWARDED_ACCEPT.other),
};

/** W3C Trace Context §3.3.1: free text of vendors, of a length that every participant passes on. */
const TRACESTATE = /^[\t\x20-\x7e]{1,512}$/;

/** Adobe's `Last-Modified` does not say when a report changed (docs/adobe.md §6): only an `ETag` can validate one. */
export const conditionsOf = ({ upstreamEtag, lastModified }: StoredResponse, route: Route): string[] => {
  const fields = upstreamEtag === undefined ? [] : ['if-none-match', upstreamEtag];
  if (lastModified !== undefined && route.caching?.policy === 'http') {
    fields.push('if-modified-since', lastModified);
  }
  return fields;
};

export const NO_CONDITIONS: readonly string[] = [];

/** The caller's credentials for this proxy, and the field that ours goes into, whatever a route is told to forward. */
const OURS: ReadonlySet<string> = new Set(['authorization', 'x-cmu-proxy-token']);

const pushForwarded = (headers: string[], fields: readonly string[], names: readonly string[]): void => {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]?.toLowerCase() ?? '';
    if (names.includes(name) && !OURS.has(name)) headers.push(name, fields[i + 1] ?? '');
  }
};
