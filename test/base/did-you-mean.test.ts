import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from '../../src/base/did-you-mean.ts';

const commands = ['serve', 'sandbox', 'demo', 'check'];

test('the nearest candidate is found through usual typing errors', () => {
  const cases: [string, string | undefined][] = [
    ['srve', 'serve'],
    ['sevre', 'serve'],
    ['serev', 'serve'],
    ['SERVE', 'serve'],
    ['dmeo', 'demo'],
    ['chekc', 'check'],
    ['sandbocks', 'sandbox'],
    ['start', undefined],
    ['x', undefined],
    ['', undefined],
  ];
  for (const [typed, meant] of cases) assert.equal(didYouMean(typed, commands), meant, typed);
});

test('a swap of neighbours counts as one error', () => {
  assert.equal(didYouMean('ab', ['ba', 'xy']), 'ba');
});
