import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listMembers, trimmed } from '../../src/http/field-value.ts';

const CASES: readonly [value: string, expected: string][] = [
  ['', ''],
  [' \t ', ''],
  ['a', 'a'],
  ['\t a b \t', 'a b'],
  ['\u00a0a\u00a0', '\u00a0a\u00a0'],
  ['\ufeffa\u2003', '\ufeffa\u2003'],
  ['\va\f', '\va\f'],
  [' \u00a0 ', '\u00a0'],
];

test('white space around a value is SP and HTAB, and nothing else', () => {
  for (const [value, expected] of CASES) assert.equal(trimmed(value), expected, JSON.stringify(value));
});

test('the members of a list are in lower case and without white space', () => {
  assert.deepEqual(listMembers('Accept , X-A,\tb\u00a0'), ['accept', 'x-a', 'b\u00a0']);
});
