import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochMs } from '../../src/base/units.ts';
import { decideRange } from '../../src/http/byte-range.ts';
import { isEntityTag, isNotModified, matchesIfNoneMatch } from '../../src/http/validators.ts';
import { httpDate } from '../support/header-builder.ts';

test('an entity-tag is quoted, perhaps weak', () => {
  for (const text of ['"a"', '""', 'W/"a"', '"a,b"', '"a\\"', '"ü"'])
    assert.equal(isEntityTag(text), true, text);
  for (const text of [
    '',
    'a',
    '"',
    '"a',
    'a"',
    'w/"a"',
    'W"a"',
    '"a"b',
    '"a b"',
    '"a""',
    '"a\u007f"',
    'W/a',
  ]) {
    assert.equal(isEntityTag(text), false, text);
  }
});

test('RFC 9110 §8.8.3.2: its table of comparisons', () => {
  const rows: readonly [a: string, b: string, strong: boolean, weak: boolean][] = [
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
  ];
  for (const [a, b, strong, weak] of rows) {
    // `If-Range` is compared strongly (RFC 9110 §13.1.5).
    const target = { size: 9, etag: b, lastModified: undefined };
    assert.equal(decideRange({ range: 'bytes=0-0', ifRange: a }, target) !== 'whole', strong, `${a} ${b}`);
    assert.equal(matchesIfNoneMatch(a, b), weak, `${a} ${b}`);
  }
});

test('If-None-Match finds the stored tag anywhere in its list', () => {
  const rows: readonly [field: string, etag: string | undefined, matches: boolean][] = [
    ['"a"', '"a"', true],
    ['"b"', '"a"', false],
    ['"a", "b", "c"', '"a"', true],
    ['"a", "b", "c"', '"b"', true],
    ['"a","b","c"', '"c"', true],
    ['W/"a"', '"a"', true],
    ['"a"', 'W/"a"', true],
    ['W/"b", W/"a"', 'W/"a"', true],
    ['*', '"a"', true],
    ['*', undefined, true],
    ['"a"', undefined, false],
    ['', '"a"', false],
    ['"a', '"a"', false],
    ['"aa"', '"a"', false],
    ['"a,b"', '"b"', false],
    ['"a, b"', '"b"', false],
    ['"x", "*"', '"a"', false],
    ['junk, "a"', '"a"', true],
    ['"bad tag", "a"', '"a"', true],
    ['""', '""', true],
    // Tags that break the grammar match only as they were given out.
    ['a', 'a', true],
    ['w/"a"', 'w/"a"', true],
    ['a', '"a"', false],
    ['"a"', 'a', false],
  ];
  for (const [field, etag, matches] of rows)
    assert.equal(matchesIfNoneMatch(field, etag), matches, `${field} ~ ${etag}`);
});

test('a tag is found in a list exactly when it is a member', () => {
  const tag = fc.string({ unit: fc.constantFrom('a', 'b', ',', '/', 'W') }).map((text) => `"${text}"`);
  fc.assert(
    fc.property(fc.array(tag), tag, (list, wanted) => {
      assert.equal(matchesIfNoneMatch(list.join(', '), wanted), list.includes(wanted));
    }),
  );
});

const MODIFIED = epochMs(Date.parse('2024-07-20T12:00:00.900Z'));
const NOW = epochMs(Date.parse('2024-07-21T00:00:00Z'));
const dated = (offset: number) => httpDate(epochMs(MODIFIED - 900 + offset * 1000));

test('If-Modified-Since holds when nothing changed after its second', () => {
  const rows: readonly [ifModifiedSince: string, modified: number | undefined, expected: boolean][] = [
    [dated(0), MODIFIED, true],
    [dated(1), MODIFIED, true],
    [dated(-1), MODIFIED, false],
    ['foo', MODIFIED, false],
    [dated(0), undefined, false],
  ];
  for (const [ifModifiedSince, modified, expected] of rows) {
    const changed = modified === undefined ? undefined : epochMs(modified);
    assert.equal(
      isNotModified({ ifNoneMatch: undefined, ifModifiedSince }, '"a"', changed, NOW),
      expected,
      ifModifiedSince,
    );
  }
});

test('If-None-Match makes If-Modified-Since void', () => {
  const holds = (ifNoneMatch?: string, ifModifiedSince?: string) =>
    isNotModified({ ifNoneMatch, ifModifiedSince }, '"a"', MODIFIED, NOW);
  assert.equal(holds('"a"', dated(-9)), true);
  assert.equal(holds('"b"', dated(9)), false);
  assert.equal(holds(), false);
});
