import { badRequest, type Problem } from '../answer/problem.ts';

/** What the listener itself tells callers, before or beside every route. */

export const overloaded: Problem = {
  status: 503,
  name: 'overloaded',
  title: 'Too much at once',
  detail:
    'The proxy serves as many connections as `listen.maxConnections` allows, and no more requests than it keeps up with. Try again in a moment.',
  retryAfterSeconds: 1,
  proxyError: 'connection_limit_reached',
  close: true,
};

/** Node's parser lets HTTP/0.9 and the request line of HTTP/2 pass as well. */
export const unknownVersion = badRequest(
  'Only HTTP/1.1 and HTTP/1.0 are spoken here.',
  'The request is not HTTP/1.1',
);

/** RFC 9112 §3.2. */
export const missingHost = badRequest('The request has no Host field.');

export const badTarget = badRequest('The request target is not one that is served here.');

export const notFound = (prefixes: readonly string[]): Problem => ({
  status: 404,
  name: 'not-found',
  title: 'Nothing is served at this path',
  detail: `Reports are served below ${prefixes.join(', ')}.`,
});

export const failed: Problem = {
  status: 500,
  name: 'internal',
  title: 'The request failed inside the proxy',
  detail: 'This is a bug in cmu-proxy: please report it with the request that caused it.',
  proxyError: 'proxy_internal_error',
  close: true,
};
