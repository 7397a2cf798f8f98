/** The header fields of a caller's request that mean something to us, and what they are called here. */
const TEXT_FIELDS = [
  ['host', 'host'],
  ['accept', 'accept'],
  ['accept-encoding', 'acceptEncoding'],
  ['authorization', 'authorization'],
  ['x-cmu-proxy-token', 'callerToken'],
  ['cache-control', 'cacheControl'],
  ['pragma', 'pragma'],
  ['if-none-match', 'ifNoneMatch'],
  ['if-modified-since', 'ifModifiedSince'],
  ['if-range', 'ifRange'],
  ['range', 'range'],
  ['origin', 'origin'],
  ['sec-fetch-site', 'secFetchSite'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
  ['forwarded', 'forwarded'],
  ['x-forwarded-for', 'forwardedFor'],
  // Proxies that the request came through, of those that say so.
  ['cdn-loop', 'cdnLoop'],
] as const;

type TextField = (typeof TEXT_FIELDS)[number][1];

/** By lower-cased name. A `Map`, so that `__proto__` and `constructor` are just unknown names. */
const BY_NAME: ReadonlyMap<string, TextField> = new Map(TEXT_FIELDS);

/** What of a caller's header means something to us, taken out in one pass over the raw list. */
export type RequestHead = Record<TextField, string | undefined> & {
  /** More than one `Host` field: two servers could route it differently (RFC 9112 §3.2). */
  hostRepeated: boolean;
  /** It declares a body (RFC 9112 §6.3). A report request has no use for one. */
  hasBody: boolean;
  /** Its `Transfer-Encoding` is not `chunked`, so nobody can tell where the request ends (RFC 9112 §6.3). */
  endless: boolean;
};

/** Repeated list fields are joined with `, ` (RFC 9110 §5.2). @param rawHeaders as Node gives them */
export const readRequestHead = (rawHeaders: readonly string[]): RequestHead => {
  // All of them, so that heads have one shape, and are copied as fast as they can be.
  const head: RequestHead = {
    host: undefined,
    accept: undefined,
    acceptEncoding: undefined,
    authorization: undefined,
    callerToken: undefined,
    cacheControl: undefined,
    pragma: undefined,
    ifNoneMatch: undefined,
    ifModifiedSince: undefined,
    ifRange: undefined,
    range: undefined,
    origin: undefined,
    secFetchSite: undefined,
    traceparent: undefined,
    tracestate: undefined,
    forwarded: undefined,
    forwardedFor: undefined,
    cdnLoop: undefined,
    hostRepeated: false,
    hasBody: false,
    endless: false,
  };
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    const field = BY_NAME.get(name);
    if (field !== undefined) {
      const before = head[field];
      if (before !== undefined && field === 'host') head.hostRepeated = true;
      head[field] = before === undefined ? value : `${before}, ${value}`;
    } else if (name === 'transfer-encoding') {
      head.hasBody = true;
      head.endless ||= value.toLowerCase() !== 'chunked';
    } else if (name === 'content-length' && value !== '0') {
      head.hasBody = true;
    }
  }
  return head;
};
