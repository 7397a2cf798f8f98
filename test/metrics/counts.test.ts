import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counts, cumulative, Histograms } from '../../src/metrics/counts.ts';

test('A bound belongs to its own bucket; what is beyond the last counts in the total only', () => {
  const histograms = new Histograms([1, 2, 5]);
  for (const value of [0, 1, 1.001, 2, 5, 5.001, 1000]) histograms.observe(7, value);
  assert.deepEqual(cumulative(histograms.sumOf([7])), [2, 4, 5, 7]);
  assert.equal(histograms.count(7), 7);
  assert.equal(histograms.sumOf([7]).sum, 0 + 1 + 1.001 + 2 + 5 + 5.001 + 1000);
});

test('Nothing observed is all zeros', () => {
  assert.deepEqual(cumulative(new Histograms([1]).sumOf([0, 1])), [0, 0]);
});

test('Several histograms add up, and none of them changes by that', () => {
  const histograms = new Histograms([1]);
  histograms.observe(0, 1);
  histograms.observe(1, 2);
  for (let look = 0; look < 2; look++) {
    assert.deepEqual(cumulative(histograms.sumOf([0, 1, 2])), [1, 2]);
    assert.equal(histograms.count(0), 1);
  }
});

test('what one process takes out, another takes up, once', () => {
  const [worker, owner] = [new Counts(), new Counts()];
  owner.count('hit');
  worker.count('hit');
  worker.count('timeout');
  owner.add(structuredClone(worker.take()));
  owner.add(structuredClone(worker.take()));
  assert.deepEqual([owner.of('hit'), owner.of('timeout'), owner.of('miss')], [2, 1, 0]);
});
