import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../../src/base/token-bucket.ts';
import { epochMs } from '../../src/base/units.ts';

/** How many of `tries` at this moment are granted. */
const granted = (bucket: TokenBucket, tries: number, elapsed: number): number =>
  Array.from({ length: tries }, () => bucket.take(epochMs(elapsed))).filter((wait) => wait === 0).length;

test('a burst at once, then one for each interval, and never more than a burst again', () => {
  const bucket = new TokenBucket(10, 5);
  assert.equal(granted(bucket, 20, 1000), 5);
  assert.equal(granted(bucket, 20, 1099), 0);
  assert.equal(granted(bucket, 20, 1100), 1);
  assert.equal(granted(bucket, 20, 1350), 2);
  assert.equal(granted(bucket, 20, 1_000_000), 5);
});

test('who comes too early is told how long it takes, and costs nothing', () => {
  const bucket = new TokenBucket(2, 1);
  assert.equal(bucket.take(epochMs(0)), 0);
  assert.equal(bucket.take(epochMs(100)), 400);
  assert.equal(bucket.take(epochMs(499)), 1);
  assert.equal(bucket.take(epochMs(500)), 0);
});

test('over a long time no more than was earned goes through', () => {
  const bucket = new TokenBucket(20, 40);
  let through = 0;
  for (let elapsed = 0; elapsed < 60_000; elapsed++) if (bucket.take(epochMs(elapsed)) === 0) through++;
  assert.equal(through, 40 + 20 * 60 - 1);
});
