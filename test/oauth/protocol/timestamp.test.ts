import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lenientNumber, lenientTimestamp } from '../../../src/oauth/protocol/timestamp.ts';

for (const [value, expected] of [
  [1700726648017, 1700726648017],
  [1723227212, 1723227212000],
  ['1723227212', 1723227212000],
  ['1700726648017', 1700726648017],
  [1e11, 1e14],
  [1e11 + 1, 1e11 + 1],
  [0, undefined],
  [-5, undefined],
  [1e16, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  ['', undefined],
  ['yesterday', undefined],
  [null, undefined],
  [undefined, undefined],
  [true, undefined],
  [{}, undefined],
] as const) {
  test(`The timestamp ${JSON.stringify(value)} is ${expected}`, () => {
    assert.equal(lenientTimestamp(value), expected);
  });
}

for (const [value, expected] of [
  [21600, 21600],
  ['21600', 21600],
  [' 3 ', 3],
  ['1.5', 1.5],
  ['-1', -1],
  ['0x10', undefined],
  ['1e3', undefined],
  ['1'.repeat(5000), undefined],
  [[3], undefined],
] as const) {
  test(`The number ${JSON.stringify(value).slice(0, 20)} is ${expected}`, () => {
    assert.equal(lenientNumber(value), expected);
  });
}
