import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bodySample } from '../../../src/cache/store/body-sample.ts';

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
