/** The header fields of a caller's request that mean something to us, taken out in one pass over the raw list. */
export class RequestHead {
  host: string | undefined;
  /** More than one `Host` field: two servers could route it differently (RFC 9112 §3.2). */
  hostRepeated = false;
  accept: string | undefined;
  acceptEncoding: string | undefined;
  authorization: string | undefined;
  /** `X-Cmu-Proxy-Token`. */
  callerToken: string | undefined;
  cacheControl: string | undefined;
  pragma: string | undefined;
  ifNoneMatch: string | undefined;
  ifModifiedSince: string | undefined;
  ifRange: string | undefined;
  range: string | undefined;
  origin: string | undefined;
  secFetchSite: string | undefined;
  traceparent: string | undefined;
  tracestate: string | undefined;
  forwarded: string | undefined;
  /** `X-Forwarded-For`. */
  forwardedFor: string | undefined;
  /** Proxies that the request came through, of those that say so. */
  cdnLoop: string | undefined;
  /** It declares a body (RFC 9112 §6.3). A report request has no use for one. */
  hasBody = false;
  /** Its `Transfer-Encoding` is not `chunked`, so nobody can tell where the request ends (RFC 9112 §6.3). */
  endless = false;
}

type TextField = Exclude<keyof RequestHead, 'hostRepeated' | 'hasBody' | 'endless'>;

/** By lower-cased name. A `Map`, so that `__proto__` and `constructor` are just unknown names. */
const FIELDS: ReadonlyMap<string, TextField> = new Map<string, TextField>([
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
  ['cdn-loop', 'cdnLoop'],
]);

/**
 * @param rawHeaders names and values in turn, as Node gives them
 * @returns repeated list fields joined with `, ` (RFC 9110 §5.2)
 */
export const readRequestHead = (rawHeaders: readonly string[]): RequestHead => {
  const head = new RequestHead();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    const field = FIELDS.get(name);
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
