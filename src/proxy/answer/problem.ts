import type { ServerResponse } from 'node:http';

/**
 * An answer of the proxy's own (RFC 9457), as opposed to one of Adobe's, which passes through.
 * `name` is stable: it is the last part of the problem's `type`, and listed in `docs/problems.md`.
 */
export interface Problem {
  readonly status: number;
  readonly name: ProblemName;
  readonly title: string;
  /** A sentence that says what happened and what to do. Never holds a secret or bytes of the caller's. */
  readonly detail: string;
  /** Whole seconds for `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  /** Error type of the `Proxy-Status` field (RFC 9209 §2.3). */
  readonly proxyError?: ProxyError;
  /** Methods for the `Allow` field of a 405. */
  readonly allow?: string;
  /** Value of the `WWW-Authenticate` field of a 401 (RFC 9110 §11.6.1). */
  readonly challenge?: string;
  /** The unread rest of the request makes the connection unusable. */
  readonly close?: boolean;
  /** More members of the problem object, such as the DCR error `code`. */
  readonly extension?: Readonly<Record<string, string>>;
}

export type ProblemName =
  | 'bad-request'
  | 'target-too-long'
  | 'header-too-large'
  | 'body-too-large'
  | 'request-timeout'
  | 'misdirected-host'
  | 'cross-site'
  | 'caller-not-authenticated'
  | 'not-exposed'
  | 'not-found'
  | 'method-not-allowed'
  | 'no-token'
  | 'missing-scope'
  | 'upstream-unreachable'
  | 'upstream-timeout'
  | 'upstream-invalid'
  | 'upstream-throttled'
  | 'upstream-unavailable'
  | 'rate-limited'
  | 'not-cached'
  | 'overloaded'
  | 'loop-detected'
  | 'internal'
  // Told to the log alone: there is nobody to answer.
  | 'cut-off'
  | 'tls-failed';

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
  | 'tls_protocol_error'
  | 'tls_certificate_error'
  | 'http_request_denied'
  | 'http_request_error'
  | 'http_response_incomplete'
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
export const badRequest = (detail: string, title = 'The request cannot be served as it is'): Problem => ({
  status: 400,
  name: 'bad-request',
  title,
  detail,
  proxyError: 'http_request_error',
  close: true,
});

/** @param allow in upper case */
export const methodNotAllowed = (title: string, detail: string, allow: readonly string[]): Problem => ({
  status: 405,
  name: 'method-not-allowed',
  title,
  detail,
  proxyError: 'http_request_denied',
  allow: allow.join(', '),
  close: true,
});

const problemType = (name: ProblemName): string => `urn:cmu-proxy:problem:${name}`;

/** The JSON text of a problem. `requestId` becomes `instance`, which is also in the access log. */
export const problemBody = (problem: Problem, requestId: string): string =>
  `${JSON.stringify({
    type: problemType(problem.name),
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    ...problem.extension,
    instance: `urn:cmu-proxy:request:${requestId}`,
  })}\n`;

/** The header block of a problem answer as a flat list, without `Date`, which the server adds. */
export const problemHeaders = (problem: Problem, length: number): string[] => {
  const { retryAfterSeconds, proxyError, allow, challenge, close } = problem;
  const fields = {
    'Content-Type': 'application/problem+json',
    'Content-Length': length,
    'Cache-Control': 'no-store',
    'Retry-After': retryAfterSeconds,
    'Proxy-Status': proxyError && `cmu-proxy; error=${proxyError}`,
    Allow: allow,
    'WWW-Authenticate': challenge,
    Connection: close ? 'close' : undefined,
  };
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [name, String(value)],
  );
};

/** Answers with the problem where there is nobody to tell of it; a HEAD gets its header block only. */
export const sendProblem = (response: ServerResponse, problem: Problem, requestId: string): void => {
  const body = problemBody(problem, requestId);
  response.writeHead(problem.status, problemHeaders(problem, Buffer.byteLength(body)));
  response.end(body);
};
