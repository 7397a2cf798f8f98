import type { ServerResponse } from 'node:http';

/** Every type of problem (docs/problems.md): status, title, and `Proxy-Status` error if no better one is known. */
export const PROBLEMS = {
  'bad-request': [400, 'The request cannot be served as it is', 'http_request_error'],
  'target-too-long': [414, 'The request target cannot be served', 'http_request_error'],
  'header-too-large': [431, 'The header block is too large'],
  'body-too-large': [413, 'The request body is too large', 'http_request_error'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'misdirected-host': [421, 'This host name is not served here', 'http_request_denied'],
  'cross-site': [403, 'Requests from other web sites are refused', 'http_request_denied'],
  'caller-not-authenticated': [401, 'Callers need a token', 'http_request_denied'],
  'not-exposed': [403, 'Only health and metrics are served to other machines'],
  'not-found': [404, 'Nothing is served at this path'],
  'method-not-allowed': [405, 'The method is not served', 'http_request_denied'],
  'no-token': [503, 'There is no access token for the report API at the moment', 'proxy_configuration_error'],
  'missing-scope': [403, 'The application lacks a scope for this report API', 'proxy_configuration_error'],
  'upstream-unreachable': [502, 'No answer could be had from the report API', 'destination_unavailable'],
  'upstream-timeout': [504, 'The report API did not answer in time', 'http_response_timeout'],
  'upstream-invalid': [502, 'No answer could be had from the report API', 'http_protocol_error'],
  'upstream-throttled': [503, 'The report API asks for a pause', 'http_request_denied'],
  'upstream-unavailable': [503, 'The report API is not available', 'destination_unavailable'],
  'rate-limited': [503, 'Too many requests for the report API', 'http_request_denied'],
  'not-cached': [504, 'The report is not stored'],
  overloaded: [503, 'Too much at once', 'connection_limit_reached'],
  'loop-detected': [502, 'The report API’s name leads back to this proxy', 'proxy_loop_detected'],
  internal: [500, 'The request failed inside the proxy', 'proxy_internal_error'],
} as const satisfies Readonly<Record<string, ProblemKind>>;

type ProblemKind = readonly [status: number, title: string, error?: ProxyError];

/** Stable: it is the last part of the problem's `type`. */
export type ProblemName = keyof typeof PROBLEMS;

/** An answer of the proxy's own (RFC 9457), as opposed to one of Adobe's, which passes through. */
export interface Problem extends ProblemTerms {
  readonly status: number;
  readonly name: ProblemName;
  readonly title: string;
  /** A sentence that says what happened and what to do. Never holds a secret or bytes of the caller's. */
  readonly detail: string;
}

interface ProblemTerms {
  readonly title?: string;
  /** Whole seconds for `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  readonly proxyError?: ProxyError | undefined;
  readonly allow?: string;
  readonly cacheStatus?: string;
  /** Value of the `WWW-Authenticate` field of a 401 (RFC 9110 §11.6.1). */
  readonly challenge?: string;
  /** The unread rest of the request makes the connection unusable. */
  readonly close?: boolean;
  readonly extension?: Readonly<Record<string, string | undefined>>;
}

export const problemOf = (name: ProblemName, detail: string, more: ProblemTerms = {}): Problem => {
  const [status, title, proxyError]: ProblemKind = PROBLEMS[name];
  return { status, name, title, detail, proxyError, ...more };
};

/** RFC 9209 §2.3.1 to §2.3.31: the ones that can happen here. */
export type ProxyError =
  | 'dns_timeout'
  | 'dns_error'
  | 'destination_unavailable'
  | 'connection_refused'
  | 'connection_terminated'
  | 'connection_timeout'
  | 'connection_read_timeout'
  | 'connection_limit_reached'
  | 'tls_certificate_error'
  | 'http_request_denied'
  | 'http_request_error'
  | 'http_response_timeout'
  | 'http_protocol_error'
  | 'proxy_configuration_error'
  | 'proxy_internal_error'
  | 'proxy_loop_detected';

/** Why there is no answer, where the problem is known at once. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemName;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.code = problem.name;
    this.problem = problem;
  }
}

/** A request that is refused for what it is, unread: its connection ends. */
export const badRequest = (detail: string, title: string = PROBLEMS['bad-request'][1]): Problem =>
  problemOf('bad-request', detail, { title, close: true });

export const methodNotAllowed = (title: string, detail: string, allow: readonly string[]): Problem =>
  problemOf('method-not-allowed', detail, { title, allow: allow.join(', '), close: true });

/** As it is sent: flat fields without `Date`, which the server adds. @param requestId also in the access log */
export const problemReply = (problem: Problem, requestId: string) => {
  const { name, title, status, detail, extension } = problem;
  const { retryAfterSeconds, proxyError, allow, cacheStatus, challenge, close } = problem;
  const type = `urn:cmu-proxy:problem:${name}`;
  const instance = `urn:cmu-proxy:request:${requestId}`;
  const body = Buffer.from(`${JSON.stringify({ type, title, status, detail, ...extension, instance })}\n`);
  const fields = {
    'Content-Type': 'application/problem+json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'Retry-After': retryAfterSeconds,
    'Proxy-Status': proxyError && `cmu-proxy; error=${proxyError}`,
    Allow: allow,
    'Cache-Status': cacheStatus,
    'WWW-Authenticate': challenge,
    Connection: close ? 'close' : undefined,
  };
  const told = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { fields: told.flatMap(([field, value]) => [field, String(value)]), body };
};

/** Answers with the problem where there is nobody to tell of it; a HEAD gets its header block only. */
export const sendProblem = (response: ServerResponse, problem: Problem, requestId: string): void => {
  const { fields, body } = problemReply(problem, requestId);
  response.writeHead(problem.status, fields).end(body);
};
