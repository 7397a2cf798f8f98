import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochMs } from '../../src/base/units.ts';
import { pauseAskedFor } from '../../src/http/retry-after.ts';
import { headersOf } from '../support/header-builder.ts';

const NOW = epochMs(Date.parse('Thu, 23 Nov 2023 08:00:00 GMT'));
const http = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();

const table: readonly [string, number, Record<string, string>, number | undefined][] = [
  ['seconds', 429, { 'retry-after': '60' }, 60_000],
  ['seconds with blanks', 503, { 'retry-after': ' \t7 ' }, 7_000],
  ['seconds with a blank that is none in HTTP', 503, { 'retry-after': '7\u00a0' }, undefined],
  ['fractions', 429, { 'retry-after': '1.5' }, 1_500],
  ['zero', 429, { 'retry-after': '0' }, 0],
  ['a date', 503, { 'retry-after': http(90) }, 90_000],
  ['a date by the clock of the server', 503, { 'retry-after': http(7_290), date: http(7_200) }, 90_000],
  ['a date by a clock that is late', 503, { 'retry-after': http(-3_540), date: http(-3_600) }, 60_000],
  ['a date that has passed', 429, { 'retry-after': http(-1) }, undefined],
  ['a date in another zone', 429, { 'retry-after': '2023-11-23T10:00:00+01:00' }, undefined],
  ['a negative number', 429, { 'retry-after': '-5' }, undefined],
  ['words', 429, { 'retry-after': 'soon' }, undefined],
  ['nothing', 429, { 'retry-after': '' }, undefined],
  ['a list', 429, { 'retry-after': '1, 2' }, undefined],
  ['hexadecimal', 429, { 'retry-after': '0x10' }, undefined],
  ['infinity', 429, { 'retry-after': 'Infinity' }, undefined],
  ['thirty-two years, cut to an hour', 429, { 'retry-after': '999999999' }, 3_600_000],
  ['more digits than a number has', 429, { 'retry-after': '9'.repeat(400) }, 3_600_000],
  ['a far date, cut to an hour', 429, { 'retry-after': http(1e9) }, 3_600_000],
  ['Expires of a 429', 429, { expires: http(60) }, 60_000],
  ['Expires by the clock of the server', 429, { expires: http(7_260), date: http(7_200) }, 60_000],
  ['Retry-After before Expires', 429, { 'retry-after': '5', expires: http(60) }, 5_000],
  ['Expires where Retry-After makes no sense', 429, { 'retry-after': 'x', expires: http(60) }, 60_000],
  ['Expires 0, the caching idiom', 429, { expires: '0' }, undefined],
  ['Expires -1, the caching idiom', 429, { expires: '-1' }, undefined],
  ['Expires in 1970', 429, { expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }, undefined],
  ['Expires in ten years, cut to five minutes', 429, { expires: http(3e8) }, 300_000],
  ['Expires of anything but a 429 is about caching', 503, { expires: http(60) }, undefined],
  ['no field at all', 429, {}, undefined],
];

for (const [what, status, headers, expected] of table) {
  test(`The pause asked for: ${what}`, () => {
    assert.equal(pauseAskedFor(status, headersOf(headers), NOW), expected);
  });
}
