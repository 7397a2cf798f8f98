import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bodySample, gunzipAtOnce } from '../../../src/cache/store/gunzip.ts';

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

const SMALL = Buffer.from('{"report":[]}');
const LARGE = Buffer.from(`{"a":"${randomBytes(60_000).toString('hex')}"}`);
const HUGE = Buffer.concat([Buffer.from('{'), Buffer.alloc(3_000_000, 0x20), Buffer.from('}')]);

test('a body that is whole shows its ends, whatever its size', async () => {
  for (const body of [SMALL, LARGE, HUGE]) {
    const sample = await bodySample(gzipSync(body), true);
    assert.equal(sample?.subarray(0, 1).toString(), '{');
    assert.equal(sample?.subarray(-1).toString(), '}');
    assert.equal(await bodySample(body, false), body);
  }
});

test('a body that is cut, damaged or no gzip at all shows nothing', async () => {
  for (const body of [SMALL, LARGE, HUGE]) {
    const gzip = gzipSync(body);
    const damaged = Buffer.from(gzip);
    damaged.writeUInt32LE(0, damaged.length - 8);
    for (const wrong of [
      gzip.subarray(0, -1),
      gzip.subarray(0, gzip.length / 2),
      damaged,
      body,
      Buffer.alloc(0),
    ]) {
      assert.equal(await bodySample(wrong, true), undefined);
    }
  }
});
