import type { Problem, ProblemName, ProxyError } from './problem.ts';

type Failure = readonly [status: 502 | 503 | 504, name: ProblemName, error: ProxyError, what: string];

const UNREACHABLE = 'upstream-unreachable';
const TIMEOUT = 'upstream-timeout';

/** By the `code` of Node's and undici's errors. */
const BY_CODE: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  ['ECONNREFUSED', [502, UNREACHABLE, 'connection_refused', 'it refused the connection']],
  ['ECONNRESET', [502, UNREACHABLE, 'connection_terminated', 'it reset the connection']],
  ['EPIPE', [502, UNREACHABLE, 'connection_terminated', 'it closed the connection']],
  [
    'UND_ERR_SOCKET',
    [502, UNREACHABLE, 'connection_terminated', 'it closed the connection before answering'],
  ],
  ['EHOSTUNREACH', [502, UNREACHABLE, 'destination_unavailable', 'there is no route to it']],
  ['ENETUNREACH', [502, UNREACHABLE, 'destination_unavailable', 'there is no network to it']],
  ['ENOTFOUND', [502, UNREACHABLE, 'dns_error', 'its name does not resolve']],
  ['EAI_AGAIN', [502, UNREACHABLE, 'dns_timeout', 'its name could not be resolved in time']],
  ['ETIMEDOUT', [504, TIMEOUT, 'connection_timeout', 'it did not accept the connection in time']],
  [
    'UND_ERR_CONNECT_TIMEOUT',
    [504, TIMEOUT, 'connection_timeout', 'it did not accept the connection in time'],
  ],
  ['UND_ERR_HEADERS_TIMEOUT', [504, TIMEOUT, 'http_response_timeout', 'it did not begin to answer in time']],
  [
    'UND_ERR_BODY_TIMEOUT',
    [504, TIMEOUT, 'connection_read_timeout', 'it stopped in the middle of its answer'],
  ],
  [
    'UND_ERR_HEADERS_OVERFLOW',
    [502, 'upstream-invalid', 'http_protocol_error', 'its header block is too large'],
  ],
]);

const INVALID: Failure = [502, 'upstream-invalid', 'http_protocol_error', 'its answer is not valid HTTP'];
const TLS: Failure = [502, UNREACHABLE, 'tls_certificate_error', 'its TLS certificate is not trusted'];
const OTHER: Failure = [502, UNREACHABLE, 'destination_unavailable', 'the connection failed'];

const TLS_CODE = /CERT|^ERR_TLS|^UNABLE_TO|SELF_SIGNED|^ERR_SSL|^EPROTO$/;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const failureOf = (error: unknown): Failure => {
  const code = codeOf(error);
  const known = BY_CODE.get(code);
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return INVALID;
  if (TLS_CODE.test(code)) return TLS;
  return OTHER;
};

/**
 * Why no answer came from the report API, as a problem for the caller. The raw message of the error stays out:
 * it may hold addresses, and means nothing to the caller.
 * @param error what undici or Node reported
 * @param origin the configured origin, for the reader
 */
export const upstreamProblem = (error: unknown, origin: string): Problem => {
  const [status, name, proxyError, what] = failureOf(error);
  return {
    status,
    name,
    title: status === 504 ? 'The report API did not answer in time' : 'The report API cannot be reached',
    detail: `${origin}: ${what} (${codeOf(error) || 'unknown error'}). The request can be repeated; if this lasts, check the network to this address and \`upstream.*\` in the configuration.`,
    proxyError,
  };
};

/** Whether the failure says something about the whole origin (nothing was reached), not about one report. */
export const isOriginFailure = (error: unknown): boolean => {
  const [, , proxyError] = failureOf(error);
  return (
    proxyError !== 'http_response_timeout' &&
    proxyError !== 'connection_read_timeout' &&
    proxyError !== 'connection_terminated' &&
    proxyError !== 'http_protocol_error'
  );
};
