import { errorCode, isTlsFailure } from '../../base/error-code.ts';
import { sentences } from '../../base/sentences.ts';
import { DcrError, type DcrErrorCode } from '../../oauth/index.ts';
import { MissingScopeError } from '../../upstream/bearer-authentication.ts';
import {
  PROBLEMS,
  type Problem,
  ProblemError,
  type ProblemName,
  type ProxyError,
  problemOf,
} from '../answer/problem.ts';

/** Why a report could not be fetched, as a problem for the caller. @param origin of the report API as configured */
export const fetchProblem = (error: Error, origin: string): Problem => {
  if (error instanceof DcrError) return noToken(error);
  if (error instanceof MissingScopeError) return missingScope(error, origin);
  if (error instanceof ProblemError) return error.problem;
  return noAnswer(error, origin);
};

/** RFC 9209 §2.3: a DCR server that is away is no mistake of whoever configured the proxy; what is not here is. */
const WITHOUT_TOKEN: Readonly<Partial<Record<DcrErrorCode, ProxyError>>> = {
  throttled: 'destination_unavailable',
  server_error: 'destination_unavailable',
  unexpected_status: 'destination_unavailable',
  unreachable: 'destination_unavailable',
  overdue: 'destination_unavailable',
  aborted: 'destination_unavailable',
  closed: 'destination_unavailable',
  budget_exhausted: 'connection_limit_reached',
  timeout: 'http_response_timeout',
  tls_failed: 'tls_certificate_error',
  malformed_answer: 'http_protocol_error',
  answer_too_large: 'http_protocol_error',
  internal: 'proxy_internal_error',
};

const noToken = ({ code, message, advice, retryAfter }: DcrError): Problem =>
  problemOf('no-token', sentences(message, advice), {
    retryAfterSeconds: Math.max(1, Math.ceil((retryAfter ?? 1000) / 1000)),
    proxyError: WITHOUT_TOKEN[code] ?? 'proxy_configuration_error',
    extension: { code },
  });

const missingScope = ({ refusal: { scope, code, trace } }: MissingScopeError, origin: string): Problem =>
  problemOf(
    'missing-scope',
    `${origin} wants the scope ${scope ?? '(not named)'}. Ask Adobe to grant it to the application that the software ` +
      'statement was made for. `cmu-proxy check` lists the scopes that it has.',
    { extension: { scope, code, trace } },
  );

type Failure = readonly [name: ProblemName, error: ProxyError, what: string];

const AWAY = ['upstream-unreachable', 'destination_unavailable'] as const;
const ENDED = ['upstream-unreachable', 'connection_terminated'] as const;
const NO_ROOM = ['overloaded', 'connection_limit_reached'] as const;

/** By the `code` of Node's errors, of undici's and of `UpstreamError`. */
const FAILURES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: ['upstream-unreachable', 'connection_refused', 'it refused the connection'],
  ECONNRESET: [...ENDED, 'it reset the connection'],
  EPIPE: [...ENDED, 'it closed the connection'],
  'UND_ERR_SOCKET UND_ERR_RES_CONTENT_LENGTH_MISMATCH': [...ENDED, 'it ended the connection too early'],
  EHOSTUNREACH: [...AWAY, 'there is no route to it'],
  ENETUNREACH: [...AWAY, 'there is no network to it'],
  ENOTFOUND: ['upstream-unreachable', 'dns_error', 'its name does not resolve'],
  EAI_AGAIN: ['upstream-unreachable', 'dns_timeout', 'its name could not be resolved in time'],
  'ETIMEDOUT CONNECT_TIMEOUT UND_ERR_CONNECT_TIMEOUT': [
    'upstream-timeout',
    'connection_timeout',
    'it did not accept the connection in time',
  ],
  'HEAD_TIMEOUT UND_ERR_HEADERS_TIMEOUT': [
    'upstream-timeout',
    'http_response_timeout',
    'it did not begin to answer in time',
  ],
  UND_ERR_BODY_TIMEOUT: [
    'upstream-timeout',
    'connection_read_timeout',
    'it stopped in the middle of its answer',
  ],
  UND_ERR_HEADERS_OVERFLOW: ['upstream-invalid', 'http_protocol_error', 'its header block is too large'],
  INVALID_ANSWER: ['upstream-invalid', 'http_protocol_error', 'its answer is not valid HTTP/1.1'],
  PROXY_UNREACHABLE: [...AWAY, 'the egress proxy before it cannot be reached'],
  PROXY_REFUSED: [
    'upstream-unreachable',
    'connection_refused',
    'the egress proxy before it does not let us through',
  ],
  'EMFILE ENFILE': [...NO_ROOM, 'this host allows no more open files (`ulimit -n`)'],
  QUEUE_TIMEOUT: [...NO_ROOM, 'no connection to it became free in time'],
  QUEUE_FULL: [...NO_ROOM, 'too many requests wait for it'],
  'SLOW_CALLER LEFT_BEHIND': [...NO_ROOM, 'its answer was read too slowly'],
  CLOSED: ['upstream-unavailable', 'destination_unavailable', 'this proxy is stopping'],
};
const BY_CODE = new Map(
  Object.entries(FAILURES).flatMap(([codes, it]) => codes.split(' ').map((code) => [code, it] as const)),
);

const TLS: Failure = ['upstream-unreachable', 'tls_certificate_error', 'its TLS certificate is not trusted'];
const OTHER: Failure = [...AWAY, 'the connection failed'];

/** The raw message of the error stays out: it may hold addresses, and means nothing to the caller. */
const noAnswer = (error: Error, origin: string): Problem => {
  const code = errorCode(error) ?? '';
  const [name, proxyError, what] = BY_CODE.get(code) ?? (isTlsFailure(code) ? TLS : OTHER);
  return problemOf(
    name,
    `${origin}: ${what} (${code || 'unknown error'}). The request can be repeated; if this lasts, check the network to this address and \`upstream.*\` in the configuration.`,
    { proxyError, ...(PROBLEMS[name][0] === 503 && { retryAfterSeconds: 1 }) },
  );
};
