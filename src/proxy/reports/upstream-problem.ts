import { errorCode } from '../../base/error-code.ts';
import type { Problem, ProblemName, ProxyError } from '../answer/problem.ts';

type Failure = readonly [status: 502 | 503 | 504, name: ProblemName, error: ProxyError, what: string];

const UNREACHABLE = [502, 'upstream-unreachable'] as const;
const TIMEOUT = [504, 'upstream-timeout'] as const;
const INVALID = [502, 'upstream-invalid'] as const;
const OVERLOADED = [503, 'overloaded'] as const;

/** By the `code` of Node's errors, of undici's and of `UpstreamError`. */
const FAILURES: readonly (readonly [codes: string, failure: Failure])[] = [
  ['ECONNREFUSED', [...UNREACHABLE, 'connection_refused', 'it refused the connection']],
  ['ECONNRESET', [...UNREACHABLE, 'connection_terminated', 'it reset the connection']],
  ['EPIPE', [...UNREACHABLE, 'connection_terminated', 'it closed the connection']],
  [
    'UND_ERR_SOCKET UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    [...UNREACHABLE, 'connection_terminated', 'it ended the connection too early'],
  ],
  ['EHOSTUNREACH', [...UNREACHABLE, 'destination_unavailable', 'there is no route to it']],
  ['ENETUNREACH', [...UNREACHABLE, 'destination_unavailable', 'there is no network to it']],
  ['ENOTFOUND', [...UNREACHABLE, 'dns_error', 'its name does not resolve']],
  ['EAI_AGAIN', [...UNREACHABLE, 'dns_timeout', 'its name could not be resolved in time']],
  [
    'ETIMEDOUT CONNECT_TIMEOUT UND_ERR_CONNECT_TIMEOUT',
    [...TIMEOUT, 'connection_timeout', 'it did not accept the connection in time'],
  ],
  [
    'HEAD_TIMEOUT UND_ERR_HEADERS_TIMEOUT',
    [...TIMEOUT, 'http_response_timeout', 'it did not begin to answer in time'],
  ],
  ['UND_ERR_BODY_TIMEOUT', [...TIMEOUT, 'connection_read_timeout', 'it stopped in the middle of its answer']],
  ['UND_ERR_HEADERS_OVERFLOW', [...INVALID, 'http_protocol_error', 'its header block is too large']],
  ['INVALID_ANSWER', [...INVALID, 'http_protocol_error', 'its answer is not valid HTTP/1.1']],
  [
    'PROXY_UNREACHABLE',
    [...UNREACHABLE, 'destination_unavailable', 'the egress proxy before it cannot be reached'],
  ],
  [
    'PROXY_REFUSED',
    [...UNREACHABLE, 'connection_refused', 'the egress proxy before it does not let us through'],
  ],
  [
    'EMFILE ENFILE',
    [...OVERLOADED, 'connection_limit_reached', 'this host allows no more open files (`ulimit -n`)'],
  ],
  ['QUEUE_TIMEOUT', [...OVERLOADED, 'connection_limit_reached', 'no connection to it became free in time']],
  ['QUEUE_FULL', [...OVERLOADED, 'connection_limit_reached', 'too many requests wait for it']],
  ['SLOW_CALLER LEFT_BEHIND', [...OVERLOADED, 'connection_limit_reached', 'its answer was read too slowly']],
  ['CLOSED', [503, 'upstream-unavailable', 'destination_unavailable', 'this proxy is stopping']],
];
const BY_CODE = new Map(
  FAILURES.flatMap(([codes, it]) => codes.split(' ').map((code) => [code, it] as const)),
);

const TLS: Failure = [...UNREACHABLE, 'tls_certificate_error', 'its TLS certificate is not trusted'];
const OTHER: Failure = [...UNREACHABLE, 'destination_unavailable', 'the connection failed'];

const TLS_CODE = /CERT|^ERR_TLS|^UNABLE_TO|SELF_SIGNED|^ERR_SSL|^EPROTO$/;

/**
 * Why no answer came from the report API, as a problem for the caller. The raw message of the error stays out:
 * it may hold addresses, and means nothing to the caller.
 * @param error what the client or Node reported
 * @param origin the configured origin, for the reader
 */
export const upstreamProblem = (error: Error, origin: string): Problem => {
  const code = errorCode(error) ?? '';
  const [status, name, proxyError, what] = BY_CODE.get(code) ?? (TLS_CODE.test(code) ? TLS : OTHER);
  return {
    status,
    name,
    title:
      status === 504 ? 'The report API did not answer in time' : 'No answer could be had from the report API',
    detail: `${origin}: ${what} (${code || 'unknown error'}). The request can be repeated; if this lasts, check the network to this address and \`upstream.*\` in the configuration.`,
    ...(status === 503 ? { retryAfterSeconds: 1 } : {}),
    proxyError,
  };
};
