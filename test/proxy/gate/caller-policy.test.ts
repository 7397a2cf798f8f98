import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from '../../../src/proxy/gate/caller-policy.ts';
import { readRequestHead } from '../../../src/proxy/gate/request-head.ts';

const POLICY = new Set(['reports.internal']);

const statusOf = (...headers: string[]): number | undefined =>
  refusalOf(readRequestHead(headers), POLICY)?.status;

test('the listener answers to localhost, to addresses, and to the names that it was given', () => {
  for (const host of [
    'localhost',
    'localhost:8080',
    'LocalHost',
    'localhost.',
    'localhost.:8080',
    'reports.internal.',
    '127.0.0.1',
    '127.0.0.1:80',
    '10.1.2.3:8080',
    '[::1]',
    '[::1]:8080',
    '[fe80::1]',
    'reports.internal',
    'Reports.Internal:8080',
  ]) {
    assert.equal(statusOf('Host', host), undefined, host);
  }
  for (const host of [
    'evil.test',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    '1.2.3.4.5',
    'reports.internal.evil',
    'x.reports.internal',
    '',
    ':80',
    '[evil]',
    '[::1',
    'user@localhost',
    'reports.internal@evil',
  ]) {
    assert.equal(statusOf('Host', host), 421, host);
  }
});

test('a caller of HTTP/1.0 may name no host', () => {
  assert.equal(statusOf(), undefined);
});

test('more than one host, or a request without an end, is refused', () => {
  assert.equal(statusOf('Host', 'localhost', 'Host', 'localhost'), 400);
  assert.equal(statusOf('Host', 'localhost', 'Transfer-Encoding', 'xchunked'), 400);
});

test('requests that a page of another site makes in a browser are refused', () => {
  const at = (...headers: string[]) => statusOf('Host', 'localhost:8080', ...headers);
  assert.equal(at('Origin', 'http://localhost:8080'), undefined);
  assert.equal(at('Origin', 'https://localhost:8080'), undefined);
  for (const origin of [
    'http://localhost',
    'http://localhost:9901',
    'http://evil.test',
    'null',
    '',
    'localhost:8080',
  ]) {
    assert.equal(at('Origin', origin), 403, origin);
  }
  for (const [site, status] of [
    ['none', undefined],
    ['same-origin', undefined],
    ['same-site', 403],
    ['cross-site', 403],
  ] as const) {
    assert.equal(at('Sec-Fetch-Site', site), status, site);
  }
});
