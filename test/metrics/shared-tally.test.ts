import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedTally } from '../../src/metrics/shared-tally.ts';

test('what one process takes out, another takes up, once', () => {
  const [worker, owner] = [new SharedTally(), new SharedTally()];
  owner.looked('hit');
  worker.looked('hit');
  worker.looked('timeout');
  worker.saved('saved');
  owner.add(structuredClone(worker.take()));
  owner.add(structuredClone(worker.take()));
  assert.deepEqual(
    [owner.looks('hit'), owner.looks('timeout'), owner.looks('miss'), owner.saves('saved')],
    [2, 1, 0, 1],
  );
});
