import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketCounts } from '../../src/metrics/bucket-counts.ts';

test('A bound belongs to its own bucket; what is beyond the last counts in the total only', () => {
  const counts = new BucketCounts([1, 2, 5]);
  for (const value of [0, 1, 1.001, 2, 5, 5.001, 1000]) counts.observe(value);
  assert.deepEqual(counts.cumulative(), [2, 4, 5, 7]);
  assert.equal(counts.count, 7);
  assert.equal(counts.sum, 0 + 1 + 1.001 + 2 + 5 + 5.001 + 1000);
});

test('Nothing observed is all zeros', () => {
  assert.deepEqual(new BucketCounts([1]).cumulative(), [0, 0]);
});
