import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcrError, type DcrErrorCode } from '../../../src/oauth/index.ts';
import { fetchProblem } from '../../../src/proxy/reports/fetch-problem.ts';

const ORIGIN = 'https://mgmt.auth.adobe.com';

test('a lack of a token has the error of RFC 9209 that says why', () => {
  const cases: readonly (readonly [code: DcrErrorCode, error: string])[] = [
    ['unreachable', 'destination_unavailable'],
    ['server_error', 'destination_unavailable'],
    ['unexpected_status', 'destination_unavailable'],
    ['throttled', 'destination_unavailable'],
    ['overdue', 'destination_unavailable'],
    ['timeout', 'http_response_timeout'],
    ['tls_failed', 'tls_certificate_error'],
    ['malformed_answer', 'http_protocol_error'],
    ['answer_too_large', 'http_protocol_error'],
    ['budget_exhausted', 'connection_limit_reached'],
    ['internal', 'proxy_internal_error'],
    ['invalid_software_statement', 'proxy_configuration_error'],
    ['unapproved_software_statement', 'proxy_configuration_error'],
    ['invalid_client', 'proxy_configuration_error'],
    ['invalid_scope', 'proxy_configuration_error'],
    ['redirected', 'proxy_configuration_error'],
  ];
  for (const [code, error] of cases) {
    const problem = fetchProblem(new DcrError(code, 'It fails (429)'), ORIGIN);
    assert.equal(problem.proxyError, error, code);
    assert.equal(problem.status, 503);
    assert.deepEqual(problem.extension, { code });
    assert.match(problem.detail, /^It fails \(429\)\. [A-Z`].*\.$/, code);
  }
});

const failure = (code: string | undefined): Error =>
  Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:443 secret'), code === undefined ? {} : { code });

test('each failure has its status, its name and its error of RFC 9209', () => {
  const cases: readonly (readonly [code: string | undefined, status: number, name: string, error: string])[] =
    [
      ['ECONNREFUSED', 502, 'upstream-unreachable', 'connection_refused'],
      ['ECONNRESET', 502, 'upstream-unreachable', 'connection_terminated'],
      ['EPIPE', 502, 'upstream-unreachable', 'connection_terminated'],
      ['UND_ERR_SOCKET', 502, 'upstream-unreachable', 'connection_terminated'],
      ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 502, 'upstream-unreachable', 'connection_terminated'],
      ['EHOSTUNREACH', 502, 'upstream-unreachable', 'destination_unavailable'],
      ['ENETUNREACH', 502, 'upstream-unreachable', 'destination_unavailable'],
      ['ENOTFOUND', 502, 'upstream-unreachable', 'dns_error'],
      ['EAI_AGAIN', 502, 'upstream-unreachable', 'dns_timeout'],
      ['ETIMEDOUT', 504, 'upstream-timeout', 'connection_timeout'],
      ['CONNECT_TIMEOUT', 504, 'upstream-timeout', 'connection_timeout'],
      ['HEAD_TIMEOUT', 504, 'upstream-timeout', 'http_response_timeout'],
      ['UND_ERR_CONNECT_TIMEOUT', 504, 'upstream-timeout', 'connection_timeout'],
      ['UND_ERR_HEADERS_TIMEOUT', 504, 'upstream-timeout', 'http_response_timeout'],
      ['UND_ERR_BODY_TIMEOUT', 504, 'upstream-timeout', 'connection_read_timeout'],
      ['UND_ERR_HEADERS_OVERFLOW', 502, 'upstream-invalid', 'http_protocol_error'],
      ['INVALID_ANSWER', 502, 'upstream-invalid', 'http_protocol_error'],
      ['QUEUE_TIMEOUT', 503, 'overloaded', 'connection_limit_reached'],
      ['QUEUE_FULL', 503, 'overloaded', 'connection_limit_reached'],
      ['EMFILE', 503, 'overloaded', 'connection_limit_reached'],
      ['SLOW_CALLER', 503, 'overloaded', 'connection_limit_reached'],
      ['LEFT_BEHIND', 503, 'overloaded', 'connection_limit_reached'],
      ['CLOSED', 503, 'upstream-unavailable', 'destination_unavailable'],
      ['DEPTH_ZERO_SELF_SIGNED_CERT', 502, 'upstream-unreachable', 'tls_certificate_error'],
      ['SELF_SIGNED_CERT_IN_CHAIN', 502, 'upstream-unreachable', 'tls_certificate_error'],
      ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 502, 'upstream-unreachable', 'tls_certificate_error'],
      ['CERT_HAS_EXPIRED', 502, 'upstream-unreachable', 'tls_certificate_error'],
      ['ERR_TLS_CERT_ALTNAME_INVALID', 502, 'upstream-unreachable', 'tls_certificate_error'],
      ['E_NEVER_SEEN', 502, 'upstream-unreachable', 'destination_unavailable'],
      [undefined, 502, 'upstream-unreachable', 'destination_unavailable'],
    ];
  for (const [code, status, name, proxyError] of cases) {
    const problem = fetchProblem(failure(code), ORIGIN);
    assert.deepEqual([problem.status, problem.name, problem.proxyError], [status, name, proxyError], code);
  }
});

test('the origin and the code are told, the raw message is not', () => {
  const { detail } = fetchProblem(failure('ECONNREFUSED'), ORIGIN);
  assert.match(detail, /^https:\/\/mgmt\.auth\.adobe\.com: it refused the connection \(ECONNREFUSED\)\./);
  assert.doesNotMatch(detail, /10\.1\.2\.3|secret/);
});

test('what will pass by itself says when to come back', () => {
  assert.equal(fetchProblem(failure('QUEUE_FULL'), 'x').retryAfterSeconds, 1);
  assert.equal(fetchProblem(failure('ECONNREFUSED'), 'x').retryAfterSeconds, undefined);
});
