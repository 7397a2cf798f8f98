import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../src/base/units.ts';

import { type ProbedAnswer, verdictOn, verdictOnFailure } from '../../../src/cli/check/report-verdict.ts';

const URL = 'https://api.test/cmu/v2/year/month/mvpd?limit=1';

const answer = (changes: Partial<ProbedAnswer>): ProbedAnswer => ({
  status: 200,
  contentType: 'application/json',
  retryAfter: undefined,
  body: '{"report":[{"year":"2026"}]}',
  milliseconds: 12.4,
  ...changes,
});

test('a report is good news, whatever the number of its rows', () => {
  const cases: [string, RegExp][] = [
    ['{"report":[{},{}]}', /answers 200 with 2 rows in 12 ms$/],
    ['{"report":[{}]}', /with one row/],
    ['{"report":[]}', /with 0 rows/],
    ['{"_links":{},"report":{"year":"2026"}}', /with one row/],
  ];
  for (const [body, text] of cases) {
    const verdict = verdictOn(URL, answer({ body }));
    assert.equal(verdict.outcome, 'ok');
    assert.match(verdict.text, text);
    assert.equal(verdict.advice, undefined);
  }
});

test('a 200 that is no report is a failure, and its body is not repeated', () => {
  for (const body of ['<html>canary</html>', '{"canary":1}', '', 'null', '"canary"']) {
    const verdict = verdictOn(URL, answer({ body, contentType: 'text/html; charset=utf-8' }));
    assert.equal(verdict.outcome, 'failed');
    assert.match(verdict.text, /no report \(text\/html\)$/);
    assert.ok(!JSON.stringify(verdict).includes('canary'));
  }
});

test('each refusal has its own advice', () => {
  const cases: [number, RegExp][] = [
    [302, /login page/],
    [400, /upstream\.url/],
    [401, /same environment/],
    [403, /allow CMU reports/],
    [404, /upstream\.prefix/],
    [407, /login page/],
    [429, /Wait a minute/],
    [500, /again in some minutes/],
    [503, /again in some minutes/],
  ];
  for (const [status, advice] of cases) {
    const verdict = verdictOn(URL, answer({ status }));
    assert.equal(verdict.outcome, 'failed', String(status));
    assert.match(verdict.text, new RegExp(`answers ${status}`));
    assert.match(verdict.advice ?? '', advice, String(status));
  }
});

test('the wait that a throttling API asks for is told, if it is a number', () => {
  assert.match(verdictOn(URL, answer({ status: 429, retryAfter: seconds(17) })).advice ?? '', /Wait 17 s/);
});

test('the lack of an answer is told by its code, never by its message', () => {
  const failure = (code: string) => Object.assign(new Error('canary'), { code });
  const cases: [unknown, RegExp, RegExp][] = [
    [failure('ENOTFOUND'), /name cannot be resolved/, /DNS/],
    [failure('ECONNREFUSED'), /ECONNREFUSED/, /firewall/],
    [failure('HEAD_TIMEOUT'), /time-out/, /firewall/],
    [failure('UND_ERR_HEADERS_TIMEOUT'), /time-out/, /firewall/],
    [failure('DEPTH_ZERO_SELF_SIGNED_CERT'), /certificate is not trusted/, /upstream\.caFile/],
    [failure('ERR_TLS_CERT_ALTNAME_INVALID'), /certificate is not trusted/, /upstream\.caFile/],
    [new AggregateError([failure('ECONNREFUSED'), failure('ENETUNREACH')]), /ECONNREFUSED/, /firewall/],
    [new TypeError('canary'), /TypeError/, /firewall/],
    ['canary', /unknown failure/, /firewall/],
  ];
  for (const [thrown, text, advice] of cases) {
    const verdict = verdictOnFailure(URL, thrown);
    assert.equal(verdict.outcome, 'failed');
    assert.match(verdict.text, text);
    assert.match(verdict.advice ?? '', advice);
    assert.ok(!JSON.stringify(verdict).includes('canary'));
  }
});
