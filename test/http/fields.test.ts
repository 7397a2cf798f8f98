import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listMembers, rawHeaders, trimmed } from '../../src/http/fields.ts';

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

test('a flat list is read whatever the case of its names; every repeated line counts', () => {
  const headers = rawHeaders(['Age', '5', 'X', 'y', 'aGE', '7', 'empty', '', 'Odd']);
  assert.equal(headers('age'), '5, 7');
  assert.equal(headers('x'), 'y');
  assert.equal(headers('empty'), '');
  assert.equal(headers('odd'), undefined);
  assert.equal(headers('etag'), undefined);
});

test('names of the object prototype are headers like others', () => {
  const headers = rawHeaders(['__proto__', 'a']);
  assert.equal(headers('__proto__'), 'a');
  for (const name of ['constructor', 'toString', 'hasOwnProperty']) assert.equal(headers(name), undefined);
});

test('an empty list holds nothing', () => {
  assert.equal(rawHeaders([])('age'), undefined);
});
