import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stacked } from '../../../../src/console/chart/model/stacking.ts';

describe('A stack', () => {
  const SERIES = [
    [1, 2, null],
    [3, 0, null],
  ];

  test('adds each series to those below', () => {
    assert.deepEqual(stacked(SERIES, false).edges, [
      [1, 2, 0],
      [4, 2, 0],
    ]);
  });

  test('of shares adds up to one, and is empty where nothing happened', () => {
    assert.deepEqual(stacked(SERIES, true).edges, [
      [0.25, 1, null],
      [1, 1, null],
    ]);
  });
});
