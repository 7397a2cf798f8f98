import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideRange, type RangeDecision } from '../../src/http/byte-range.ts';

const decide = (range: string | undefined, size = 10, ifRange?: string): RangeDecision =>
  decideRange({ range, ifRange }, { size, etag: '"a"', lastModified: 'Sun, 06 Nov 1994 08:49:37 GMT' });

test('one range within the body is served', () => {
  const rows: readonly [range: string, first: number, last: number][] = [
    ['bytes=0-0', 0, 0],
    ['bytes=0-1', 0, 1],
    ['bytes=1-', 1, 9],
    ['bytes=-1', 9, 9],
    ['bytes=-10', 0, 9],
    ['bytes=-11', 0, 9],
    ['bytes=9-9', 9, 9],
    ['bytes=5-99', 5, 9],
    ['bytes=5-99999999999999999999999', 5, 9],
    ['bytes=-99999999999999999999999', 0, 9],
    ['Bytes = 0-1 ', 0, 1],
    ['bytes=007-008', 7, 8],
  ];
  for (const [range, first, last] of rows) assert.deepEqual(decide(range), { first, last }, range);
});

test('a range outside of the body cannot be satisfied', () => {
  for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=99999999999999999999-', 'bytes=-0']) {
    assert.equal(decide(range), 'unsatisfiable', range);
  }
  assert.equal(decide('bytes=0-', 0), 'unsatisfiable');
});

test('several ranges, other units and nonsense get the whole', () => {
  const ignored = [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=1',
    'bytes=1-2-3',
    'bytes=2-1',
    'bytes=--1',
    'bytes=1- 2',
    'bytes=+1-2',
    'bytes=0-1,3-4',
    'bytes=0-1,',
    'items=0-1',
    '=0-1',
    'bytes=0x1-2',
    'bytes=1.0-2',
  ];
  for (const range of ignored) assert.equal(decide(range), 'whole', range);
  assert.equal(decide('bytes=-5', 0), 'whole');
});

test('If-Range lets the range through only for exactly this representation', () => {
  const rows: readonly [ifRange: string, holds: boolean][] = [
    ['"a"', true],
    [' "a" ', true],
    ['W/"a"', false],
    ['"b"', false],
    ['*', false],
    ['Sun, 06 Nov 1994 08:49:37 GMT', true],
    ['Sun, 06 Nov 1994 08:49:38 GMT', false],
    ['Sunday, 06-Nov-94 08:49:37 GMT', false],
  ];
  for (const [ifRange, holds] of rows) {
    assert.deepEqual(decide('bytes=0-1', 10, ifRange), holds ? { first: 0, last: 1 } : 'whole', ifRange);
  }
  const unknown = { size: 10, etag: undefined, lastModified: undefined };
  assert.equal(decideRange({ range: 'bytes=0-1', ifRange: '"a"' }, unknown), 'whole');
});

test('a weak tag never holds, not even against itself', () => {
  const weak = { size: 10, etag: 'W/"a"', lastModified: undefined };
  assert.equal(decideRange({ range: 'bytes=0-1', ifRange: 'W/"a"' }, weak), 'whole');
});

test('what is served lies within the body, whatever is asked', () => {
  const text = fc.string({ unit: fc.constantFrom('0', '1', '9', '-', ',', ' ', 'b') });
  fc.assert(
    fc.property(text, fc.nat(120), (spec, size) => {
      const range = decide(`bytes=${spec}`, size);
      if (typeof range === 'string') return;
      assert.ok(0 <= range.first && range.first <= range.last && range.last < size, `${spec} of ${size}`);
    }),
  );
});
