import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptsGzip } from '../../../src/proxy/answer/encoding.ts';

test('gzip is taken when it is named, or anything is, with a weight above 0 (RFC 9110 §12.5.3)', () => {
  const cases: readonly (readonly [acceptEncoding: string | undefined, taken: boolean])[] = [
    [undefined, false],
    ['', false],
    ['identity', false],
    ['gzip', true],
    ['GZip', true],
    ['x-gzip', true],
    ['deflate,gzip', true],
    ['br,\tgzip , deflate', true],
    ['*', true],
    ['deflate, *', true],
    ['gzip;q=1', true],
    ['gzip ; Q=0.001', true],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
    ['*;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['*, gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['*;q=0', false],
    ['identity, *;q=0', false],
    ['gzip;q=junk', false],
    ['gzipx', false],
    ['xgzip', false],
    ['deflate;gzip', false],
  ];
  for (const [acceptEncoding, taken] of cases)
    assert.equal(acceptsGzip(acceptEncoding), taken, acceptEncoding);
});
