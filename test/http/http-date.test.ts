import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochMs } from '../../src/base/units.ts';
import { parseHttpDate } from '../../src/http/http-date.ts';
import { httpDate } from '../support/header-builder.ts';

const NOW = epochMs(Date.parse('2026-07-01T00:00:00Z'));

const READ: readonly [text: string, instant: string][] = [
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
  ['Wed Nov 16 08:49:37 1994', '1994-11-16T08:49:37Z'],
  ['THU, 18 Aug 2050 02:01:18 GMT', '2050-08-18T02:01:18Z'],
  ['Thu, 18 AUG 2050 02:01:18 gMT', '2050-08-18T02:01:18Z'],
  ['Thursday, 18-Aug-50 02:01:18 GMT', '2050-08-18T02:01:18Z'],
  ['Friday, 18-Aug-76 02:01:18 GMT', '2076-08-18T02:01:18Z'],
  ['Thursday, 18-Aug-77 02:01:18 GMT', '1977-08-18T02:01:18Z'],
  ['Sun, 21 Nov 2286 04:46:39 GMT', '2286-11-21T04:46:39Z'],
  ['Thu, 29 Feb 2024 00:00:00 GMT', '2024-02-29T00:00:00Z'],
  ['Sat, 31 Dec 2016 23:59:60 GMT', '2017-01-01T00:00:00Z'],
  ['Thu, 01 Jan 1970 00:00:00 GMT', '1970-01-01T00:00:00Z'],
];

test('the three forms of RFC 9110 are read, letter case aside', () => {
  for (const [text, instant] of READ) assert.equal(parseHttpDate(text, NOW), Date.parse(instant), text);
});

test('a two-digit year is never more than 50 years ahead, also at the turn of a century', () => {
  const at = (now: string) => parseHttpDate('Monday, 01-Jan-01 00:00:00 GMT', epochMs(Date.parse(now)));
  assert.equal(at('1999-01-01T00:00:00Z'), Date.parse('2001-01-01T00:00:00Z'));
  assert.equal(at('2051-01-01T00:00:00Z'), Date.parse('2101-01-01T00:00:00Z'));
  assert.equal(at('2050-01-01T00:00:00Z'), Date.parse('2001-01-01T00:00:00Z'));
});

const REFUSED = [
  '',
  '0',
  '-1',
  'foo',
  '1720000000',
  '2024-07-01T00:00:00Z',
  'Thu, 18 Aug 2050 02:01:18 UTC',
  'Thu, 18 Aug 2050 02:01:18 AEST',
  'Thu, 18 Aug 2050 02:01:18 +0000',
  'Thu, 18 Aug 50 02:01:18 GMT',
  'Thu 18 Aug 2050 02:01:18 GMT',
  'Thu, 18  Aug  2050 02:01:18 GMT',
  'Thu, 18-Aug-2050 02:01:18 GMT',
  'Thu, 18 Aug 2050 02.01.18 GMT',
  'Thu, 18 Aug 2050 2:01:18 GMT',
  'Thu, 8 Aug 2050 02:01:18 GMT',
  'Thu, 31 Feb 2050 02:01:18 GMT',
  'Thu, 00 Aug 2050 02:01:18 GMT',
  'Thu, 18 Foo 2050 02:01:18 GMT',
  'Thu, 18 Aug 2050 24:01:18 GMT',
  'Thu, 18 Aug 2050 02:60:18 GMT',
  'Thu, 18 Aug 2050 02:01:61 GMT',
  ' Thu, 18 Aug 2050 02:01:18 GMT',
  'Thu, 18 Aug 2050 02:01:18 GMT, x',
  'Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:18 GMT',
];

test('anything else is no date', () => {
  for (const text of REFUSED) assert.equal(parseHttpDate(text, NOW), undefined, text);
});

test('what is written is read back to the second', () => {
  const second = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 });
  fc.assert(
    fc.property(second, (seconds) => {
      const text = httpDate(epochMs(seconds * 1000));
      assert.equal(parseHttpDate(text, NOW), seconds * 1000, text);
    }),
  );
});
