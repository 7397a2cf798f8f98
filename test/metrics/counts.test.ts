import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addHistograms,
  type Counts,
  count,
  cumulative,
  type Histograms,
  observe,
  sumOf,
  total,
} from '../../src/metrics/counts.ts';

const observed = (
  bounds: readonly number[],
  ...values: readonly (readonly [number, number])[]
): Histograms => {
  const histograms: Histograms = new Map();
  for (const [number, value] of values) observe(histograms, number, value, bounds);
  return histograms;
};

test('A bound belongs to its own bucket; what is beyond the last counts in the total only', () => {
  const values = [0, 1, 1.001, 2, 5, 5.001, 1000];
  const buckets = observed([1, 2, 5], ...values.map((value) => [7, value] as const)).get(7);
  assert.ok(buckets);
  assert.deepEqual(cumulative(buckets), [2, 4, 5, 7]);
  assert.equal(total(buckets), 7);
  assert.equal(buckets.sum, 0 + 1 + 1.001 + 2 + 5 + 5.001 + 1000);
});

test('Nothing observed is all zeros', () => {
  assert.deepEqual(cumulative(sumOf([], [1])), [0, 0]);
});

test('Several histograms add up, and none of them changes by that', () => {
  const histograms = observed([1], [0, 1], [1, 2]);
  for (let look = 0; look < 2; look++) {
    assert.deepEqual(cumulative(sumOf(histograms.values(), [1])), [1, 2]);
    assert.deepEqual(Array.from(histograms.values(), total), [1, 1]);
  }
});

test('what one process tells, another adds up', () => {
  const owner = observed([1], [0, 1]);
  addHistograms(owner, structuredClone(observed([1], [0, 2], [3, 1])));
  assert.deepEqual(Array.from(owner.values(), cumulative), [
    [1, 2],
    [1, 1],
  ]);
});

test('Counts are by name', () => {
  const counts: Counts = new Map();
  count(counts, 'hit');
  count(counts, 'hit', 2);
  assert.deepEqual([...counts], [['hit', 3]]);
});
