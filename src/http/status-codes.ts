/** RFC 9110 §15.1, without 206: statuses that may be stored without explicit freshness ("heuristically cacheable"). */
export const isHeuristicallyCacheable = (status: number): boolean => CACHEABLE.has(status);

const CACHEABLE = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/**
 * The statuses whose caching rules this cache knows (RFC 9111 §3 "understands", for `must-understand`): those that RFC
 * 9110 §15 defines, without the interim ones and those that need parts or stored answers to be put together (206, 304).
 */
export const isUnderstood = (status: number): boolean =>
  (status >= 200 && status <= 205) ||
  (status >= 300 && status <= 303) ||
  status === 307 ||
  status === 308 ||
  (status >= 400 && status <= 417 && status !== 402) ||
  status === 421 ||
  status === 422 ||
  status === 426 ||
  (status >= 500 && status <= 505);
