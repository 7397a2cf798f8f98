import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequestHead } from '../../../src/proxy/gate/request-head.ts';

test('known fields are taken whatever their case, repeated ones joined in order', () => {
  const head = readRequestHead([
    ...['HOST', 'a:1', 'Accept', 'text/csv', 'x', 'y', 'accept', 'a/b', 'ACCEPT-ENCODING', 'gzip'],
    ...['If-None-Match', '"a"', 'if-none-match', '"b"', 'Cache-Control', 'no-cache', 'Range', 'bytes=0-1'],
  ]);
  assert.equal(head.host, 'a:1');
  assert.equal(head.accept, 'text/csv, a/b');
  assert.equal(head.acceptEncoding, 'gzip');
  assert.equal(head.ifNoneMatch, '"a", "b"');
  assert.equal(head.cacheControl, 'no-cache');
  assert.equal(head.range, 'bytes=0-1');
  assert.equal(head.authorization, undefined);
  assert.deepEqual([head.hostRepeated, head.hasBody, head.endless], [false, false, false]);
});

test('a second Host is noticed, even of the same value', () => {
  assert.equal(readRequestHead(['Host', 'a', 'host', 'a']).hostRepeated, true);
});

test('a body is noticed by what declares it', () => {
  const cases: readonly (readonly [name: string, value: string, hasBody: boolean, endless: boolean])[] = [
    ['Content-Length', '0', false, false],
    ['content-length', '5', true, false],
    ['Transfer-Encoding', 'chunked', true, false],
    ['transfer-encoding', 'Chunked', true, false],
    ['Transfer-Encoding', 'xchunked', true, true],
    ['Transfer-Encoding', 'gzip, chunked', true, true],
    ['Transfer-Encoding', 'identity', true, true],
    ['Transfer-Encoding', '', true, true],
  ];
  for (const [name, value, hasBody, endless] of cases) {
    const head = readRequestHead([name, value]);
    assert.deepEqual([head.hasBody, head.endless], [hasBody, endless], `${name}: ${value}`);
  }
});

test('names that mean something to JavaScript mean nothing here', () => {
  const head = readRequestHead(['__proto__', 'x', 'constructor', 'y', 'toString', 'z']);
  assert.equal(Object.getPrototypeOf(head), Object.prototype);
  assert.equal(Object.hasOwn(head, 'constructor'), false);
});
