import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochMs } from '../../../src/base/units.ts';
import { endOfBucket, parseReportDate, type TimeDimension } from '../../../src/cache/adobe/freshness.ts';

const READ: readonly [text: string, instant: string][] = [
  ['2012', '2012-01-01T00:00:00.000Z'],
  ['2012-07', '2012-07-01T00:00:00.000Z'],
  ['2012-07-20', '2012-07-20T00:00:00.000Z'],
  ['2012-07-20T13', '2012-07-20T13:00:00.000Z'],
  ['2012-07-20T13:30', '2012-07-20T13:30:00.000Z'],
  ['2012-07-20t13:30:59', '2012-07-20T13:30:59.000Z'],
  ['2012-07-20T13:30:59.123', '2012-07-20T13:30:59.000Z'],
  ['2012-07-20T13:30:59Z', '2012-07-20T13:30:59.000Z'],
  ['2012-07-20T13:30:59.5+02:00', '2012-07-20T11:30:59.000Z'],
  ['2012-07-20T13:30:59 02:00', '2012-07-20T11:30:59.000Z'],
  ['2012-07-20T13:30-0800', '2012-07-20T21:30:00.000Z'],
  ['2012-07-20T13:30:59+01:30', '2012-07-20T12:00:59.000Z'],
  ['2012-07-20T13+18:00', '2012-07-19T19:00:00.000Z'],
  ['2012-02-29', '2012-02-29T00:00:00.000Z'],
];

test('any prefix of an ISO 8601 date is filled up', () => {
  for (const [text, instant] of READ) {
    const at = parseReportDate(text);
    assert.equal(at === undefined ? undefined : new Date(at).toISOString(), instant, text);
  }
});

const REFUSED = [
  '',
  '12',
  '201',
  '20120720',
  '2012-7',
  '2012-07-',
  '2012-13',
  '2012-00',
  '2012-02-30',
  '2013-02-29',
  '2012-07-20T',
  '2012-07-20T24',
  '2012-07-20T13:60',
  '2012-07-20T13:30:60',
  '2012-07-20T13:30:59.',
  '2012-07-20T13:30:59.x',
  '2012/07/20',
  '2012-07/20',
  '2012-07-20T13.30',
  '2012-07-20T13:30.59',
  '2012-07-20T13+18:01',
  '2012-07-20T13:30:59+0200:',
  '2012-07-20X13',
  '2012-07-20T13:30:59+99:00',
  '2012-07-20T13:30:59+0x:00',
  'yesterday',
  '-2012',
  '1969',
  '0000-00-00',
  '2012-07-20T13:30:59ZZ',
  ' 2012',
];

test('what is no date is none', () => {
  for (const text of REFUSED) assert.equal(parseReportDate(text), undefined, text);
});

test('no text makes it throw, and every ISO date of the platform is read as the platform means it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-:TZ.+ ') }), (text) => {
      const at = parseReportDate(text);
      assert.ok(at === undefined || Number.isFinite(at));
    }),
  );
  const date = fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(date, (at) => {
      assert.equal(parseReportDate(at.toISOString()), Math.floor(at.getTime() / 1000) * 1000);
    }),
  );
});

const BUCKETS: readonly [dimension: TimeDimension, at: string, end: string][] = [
  ['year', '2024-06-15T10:20:30Z', '2025-01-01T00:00:00Z'],
  ['month', '2024-12-15T10:20:30Z', '2025-01-01T00:00:00Z'],
  ['month', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['day', '2024-02-29T23:59:59Z', '2024-03-01T00:00:00Z'],
  ['hour', '2024-06-15T10:20:30Z', '2024-06-15T11:00:00Z'],
  ['minute', '2024-06-15T10:20:30Z', '2024-06-15T10:21:00Z'],
  ['minute', '2024-06-15T10:20:00Z', '2024-06-15T10:21:00Z'],
];

test('a bucket ends where the next one begins', () => {
  for (const [dimension, at, end] of BUCKETS) {
    assert.equal(endOfBucket(epochMs(Date.parse(at)), dimension), Date.parse(end), `${dimension} ${at}`);
  }
});
