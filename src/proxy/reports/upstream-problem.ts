import { errorCode } from '../../base/error-code.ts';
import type { Problem, ProblemName, ProxyError } from '../answer/problem.ts';

type Failure = readonly [status: 502 | 503 | 504, name: ProblemName, error: ProxyError, what: string];

const UNREACHABLE = 'upstream-unreachable';
const TIMEOUT = 'upstream-timeout';
const INVALID = 'upstream-invalid';

const ENDED_EARLY: Failure = [502, UNREACHABLE, 'connection_terminated', 'it ended the connection too early'];
const NOT_ACCEPTED: Failure = [
  504,
  TIMEOUT,
  'connection_timeout',
  'it did not accept the connection in time',
];
const NOT_BEGUN: Failure = [504, TIMEOUT, 'http_response_timeout', 'it did not begin to answer in time'];
const NOT_HTTP: Failure = [502, INVALID, 'http_protocol_error', 'its answer is not valid HTTP/1.1'];

const NO_FILES: Failure = [
  503,
  'overloaded',
  'connection_limit_reached',
  'this host allows no more open files (`ulimit -n`)',
];

/** By the `code` of Node's errors, of undici's and of `UpstreamError`. */
const BY_CODE: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  ['ECONNREFUSED', [502, UNREACHABLE, 'connection_refused', 'it refused the connection']],
  ['ECONNRESET', [502, UNREACHABLE, 'connection_terminated', 'it reset the connection']],
  ['EPIPE', [502, UNREACHABLE, 'connection_terminated', 'it closed the connection']],
  ['UND_ERR_SOCKET', ENDED_EARLY],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ENDED_EARLY],
  ['EHOSTUNREACH', [502, UNREACHABLE, 'destination_unavailable', 'there is no route to it']],
  ['ENETUNREACH', [502, UNREACHABLE, 'destination_unavailable', 'there is no network to it']],
  ['ENOTFOUND', [502, UNREACHABLE, 'dns_error', 'its name does not resolve']],
  ['EAI_AGAIN', [502, UNREACHABLE, 'dns_timeout', 'its name could not be resolved in time']],
  ['ETIMEDOUT', NOT_ACCEPTED],
  ['CONNECT_TIMEOUT', NOT_ACCEPTED],
  ['UND_ERR_CONNECT_TIMEOUT', NOT_ACCEPTED],
  ['HEAD_TIMEOUT', NOT_BEGUN],
  ['UND_ERR_HEADERS_TIMEOUT', NOT_BEGUN],
  [
    'UND_ERR_BODY_TIMEOUT',
    [504, TIMEOUT, 'connection_read_timeout', 'it stopped in the middle of its answer'],
  ],
  ['UND_ERR_HEADERS_OVERFLOW', [502, INVALID, 'http_protocol_error', 'its header block is too large']],
  ['INVALID_ANSWER', NOT_HTTP],
  [
    'PROXY_UNREACHABLE',
    [502, UNREACHABLE, 'destination_unavailable', 'the egress proxy before it cannot be reached'],
  ],
  [
    'PROXY_REFUSED',
    [502, UNREACHABLE, 'connection_refused', 'the egress proxy before it does not let us through'],
  ],
  [
    'QUEUE_TIMEOUT',
    [503, 'overloaded', 'connection_limit_reached', 'no connection to it became free in time'],
  ],
  ['EMFILE', NO_FILES],
  ['ENFILE', NO_FILES],
  ['QUEUE_FULL', [503, 'overloaded', 'connection_limit_reached', 'too many requests wait for it']],
  ['SLOW_CALLER', [503, 'overloaded', 'connection_limit_reached', 'its answer was read too slowly']],
  ['CLOSED', [503, 'upstream-unavailable', 'destination_unavailable', 'this proxy is stopping']],
]);

const TLS: Failure = [502, UNREACHABLE, 'tls_certificate_error', 'its TLS certificate is not trusted'];
const OTHER: Failure = [502, UNREACHABLE, 'destination_unavailable', 'the connection failed'];

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
