import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spread } from '../../../../src/console/chart/plot/end-labels.ts';

describe('Labels at the ends of lines', () => {
  const CASES = [
    { name: 'that lie apart stay', wanted: [10, 50], most: 100, places: [10, 50] },
    { name: 'that overlap move down', wanted: [10, 12, 14], most: 100, places: [10, 26, 42] },
    { name: 'keep the order in which they lie', wanted: [14, 10], most: 100, places: [26, 10] },
    { name: 'at the bottom move up', wanted: [95, 99], most: 100, places: [84, 100] },
  ];
  for (const { name, wanted, most, places } of CASES) {
    test(name, () => assert.deepEqual(spread(wanted, 16, most), places));
  }
});
