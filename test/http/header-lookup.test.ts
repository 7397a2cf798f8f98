import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawHeaders } from '../../src/http/header-lookup.ts';

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
