import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstant } from '../../../../src/sandbox/reports/query/time-range.ts';

test('a prefix of ISO 8601 is filled up, in UTC', () => {
  const cases: [string, string][] = [
    ['2012', '2012-01-01T00:00:00.000Z'],
    ['2012-07', '2012-07-01T00:00:00.000Z'],
    ['2012-07-20', '2012-07-20T00:00:00.000Z'],
    ['2012-07-20T14', '2012-07-20T14:00:00.000Z'],
    ['2012-07-20T14:35', '2012-07-20T14:35:00.000Z'],
    ['2012-07-20 14:35', '2012-07-20T14:35:00.000Z'],
    ['2012-07-20T14:35:21', '2012-07-20T14:35:21.000Z'],
    ['2012-07-20T14:35:21.5Z', '2012-07-20T14:35:21.500Z'],
    ['2012-07-20T14:35:21+02:00', '2012-07-20T12:35:21.000Z'],
    ['2012-07-20T14:35:21 02:00', '2012-07-20T12:35:21.000Z'],
    ['2012-07-20T14:35:21-0330', '2012-07-20T18:05:21.000Z'],
    ['2012-02-29', '2012-02-29T00:00:00.000Z'],
    ['1342750521000', '2012-07-20T02:15:21.000Z'],
  ];
  for (const [text, iso] of cases)
    assert.equal(new Date(parseInstant('start', text)).toISOString(), iso, text);
});

test('anything else is refused with 400', () => {
  for (const text of [
    '',
    '12',
    '2012-',
    '2012-7',
    '2012-07-32',
    '2011-02-29',
    '2012-07-20T25',
    '2012-07-20T14:61',
    'now',
  ]) {
    assert.throws(() => parseInstant('end', text), { status: 400 }, text);
  }
});
