import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gunzipAtOnce } from '../../../src/cache/store/small-gzip.ts';

const MOST = 4096;

test('a whole gzip is decoded, up to the most that is wanted', () => {
  for (const size of [0, 1, 63, 64, 65, 4095, 4096]) {
    const body = Buffer.alloc(size, 'abc');
    assert.deepEqual(gunzipAtOnce(gzipSync(body), MOST), body, String(size));
  }
  assert.equal(gunzipAtOnce(gzipSync(Buffer.alloc(4097)), MOST), undefined);
});

test('nothing at all is an empty body', () => {
  assert.equal(gunzipAtOnce(Buffer.alloc(0), MOST)?.length, 0);
});

test('a gzip that lies about its size is bounded all the same', () => {
  const small = gzipSync(Buffer.alloc(4000, 'abc'));
  small.writeUInt32LE(10, small.length - 4);
  assert.equal(gunzipAtOnce(small, MOST), undefined);
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  bomb.writeUInt32LE(10, bomb.length - 4);
  assert.equal(gunzipAtOnce(bomb, MOST), undefined);
});

test('several gzips behind each other are one body (RFC 1952 §2.2)', () => {
  const members = Buffer.concat([gzipSync('first '), gzipSync('second')]);
  assert.equal(String(gunzipAtOnce(members, MOST)), 'first second');
});

test('what is cut off, no gzip or too large is left to others', () => {
  const whole = gzipSync('{"report":[]}');
  assert.equal(gunzipAtOnce(whole.subarray(0, -1), MOST), undefined);
  assert.equal(gunzipAtOnce(Buffer.from('{"report":[{"year":"2024"}]}'), MOST), undefined);
  assert.equal(gunzipAtOnce(Buffer.from('x'), MOST), undefined);
  assert.equal(gunzipAtOnce(gzipSync(Buffer.alloc(10), { level: 0 }).subarray(0, 10), MOST), undefined);
  assert.equal(gunzipAtOnce(gzipSync(Buffer.alloc(40_000), { level: 0 }), 100_000), undefined);
});
