import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_HEADERS, rawHeaders, recordHeaders } from '../../src/cache/header-lookup.ts';

test('a record is read by lower-case names; repeated lines are joined', () => {
  const headers = recordHeaders({ etag: '"a"', vary: ['Accept', 'Foo'], empty: '', absent: undefined });
  assert.equal(headers('etag'), '"a"');
  assert.equal(headers('vary'), 'Accept, Foo');
  assert.equal(headers('empty'), '');
  assert.equal(headers('absent'), undefined);
  assert.equal(headers('age'), undefined);
});

test('names of the object prototype are not headers', () => {
  const headers = recordHeaders({});
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
    assert.equal(headers(name), undefined);
});

test('a flat list is read whatever the case of its names; every repeated line counts', () => {
  const headers = rawHeaders(['Age', '5', 'X', 'y', 'aGE', '7', 'Odd']);
  assert.equal(headers('age'), '5, 7');
  assert.equal(headers('x'), 'y');
  assert.equal(headers('odd'), undefined);
  assert.equal(headers('etag'), undefined);
});

test('no headers hold nothing', () => {
  assert.equal(NO_HEADERS('age'), undefined);
});
