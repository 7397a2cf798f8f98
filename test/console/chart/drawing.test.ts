import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PALETTE, withNames } from '../../../src/console/chart/colours.ts';
import { spread } from '../../../src/console/chart/end-labels.ts';
import { stacked } from '../../../src/console/chart/stacking.ts';

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

describe('Colours', () => {
  test('stay with a name, whatever comes after it', () => {
    const first = withNames([], ['A', 'B']);
    assert.deepEqual(withNames(first, ['C', 'B']), ['A', 'B', 'C']);
    assert.equal(withNames(first, ['B']), first);
  });

  test('differ until there are no more', () => {
    const names = Array.from({ length: PALETTE }, (_, index) => `n${index}`);
    const places = withNames([], names).map((_, index) => index % PALETTE);
    assert.equal(new Set(places).size, PALETTE);
  });
});
