/** What of a caller's header means something to us: a literal, so that all heads have one shape. */
const emptyHead = (none?: string) => ({
  host: none,
  accept: none,
  acceptEncoding: none,
  authorization: none,
  xCmuProxyToken: none,
  cacheControl: none,
  pragma: none,
  ifNoneMatch: none,
  ifModifiedSince: none,
  ifRange: none,
  range: none,
  origin: none,
  secFetchSite: none,
  traceparent: none,
  tracestate: none,
  forwarded: none,
  xForwardedFor: none,
  /** Proxies that the request came through, of those that say so. */
  cdnLoop: none,
  /** More than one `Host` field: two servers could route it differently (RFC 9112 §3.2). */
  hostRepeated: false,
  /** It declares a body (RFC 9112 §6.3). A report request has no use for one. */
  hasBody: false,
  /** Its `Transfer-Encoding` is not `chunked`, so nobody can tell where the request ends (RFC 9112 §6.3). */
  endless: false,
});

export type RequestHead = ReturnType<typeof emptyHead>;

type TextField = Exclude<keyof RequestHead, 'hostRepeated' | 'hasBody' | 'endless'>;

const fieldName = (field: string): string => field.replaceAll(/[A-Z]/g, (it) => `-${it.toLowerCase()}`);

/** By lower-cased name. A `Map`, so that `__proto__` and `constructor` are just unknown names. */
const BY_NAME: ReadonlyMap<string, TextField> = new Map(
  Object.entries(emptyHead()).flatMap(([field, value]) =>
    value === undefined ? [[fieldName(field), field as TextField]] : [],
  ),
);

/** Repeated list fields are joined with `, ` (RFC 9110 §5.2). @param rawHeaders as Node gives them */
export const readRequestHead = (rawHeaders: readonly string[]): RequestHead => {
  const head: RequestHead = emptyHead();
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
