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
