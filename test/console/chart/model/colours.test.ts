import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PALETTE, withNames } from '../../../../src/console/chart/model/colours.ts';

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
