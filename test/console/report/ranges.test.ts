import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TimeDimension } from '../../../src/console/report/dimensions.ts';
import { isoText, parseIso } from '../../../src/console/report/periods.ts';
import {
  boundsBefore,
  boundsOf,
  boundsText,
  endAfter,
  lastDay,
  type RangeName,
} from '../../../src/console/report/ranges.ts';

/** A Wednesday. */
const NOW = Date.UTC(2026, 10, 25, 8, 34);

const short = (at: number | undefined): string =>
  at === undefined ? 'now' : isoText(at).slice(0, 16).replace('T00:00', '');

const bounds = (name: RangeName, granularity: TimeDimension) => {
  const found = boundsOf({ kind: 'named', name }, granularity, NOW);
  assert.ok(found);
  return found;
};

type Case = readonly [RangeName, TimeDimension, from: string, to: string, before: string];

const CASES: readonly Case[] = [
  ['today', 'hour', '2026-11-25', 'now', '2026-11-24 to 2026-11-24T08:00'],
  ['yesterday', 'hour', '2026-11-24', '2026-11-25', '2026-11-23 to 2026-11-24'],
  ['this-week', 'day', '2026-11-23', 'now', '2026-11-16 to 2026-11-18'],
  ['last-week', 'day', '2026-11-16', '2026-11-23', '2026-11-09 to 2026-11-16'],
  ['this-month', 'day', '2026-11-01', 'now', '2026-10-01 to 2026-10-25'],
  ['last-month', 'day', '2026-10-01', '2026-11-01', '2026-09-01 to 2026-10-01'],
  ['this-year', 'month', '2026-01-01', 'now', '2025-01-01 to 2025-11-01'],
  ['24h', 'hour', '2026-11-24T08:00', 'now', '2026-11-23T08:00 to 2026-11-24T08:00'],
  ['7d', 'day', '2026-11-18', 'now', '2026-11-11 to 2026-11-18'],
  ['12m', 'month', '2025-11-01', 'now', '2024-11-01 to 2025-11-01'],
  // Whole units of the granularity: never half a month.
  ['7d', 'month', '2026-11-01', 'now', '2026-10-01 to 2026-11-01'],
  ['last-week', 'month', '2026-11-01', 'now', '2026-10-01 to 2026-11-01'],
  ['90d', 'year', '2026-01-01', 'now', '2025-01-01 to 2026-01-01'],
];

describe('A range that follows the clock', () => {
  for (const [name, granularity, from, to, before] of CASES) {
    test(`${name} by ${granularity} is ${from} to ${to}, and before that ${before}`, () => {
      const found = bounds(name, granularity);
      assert.deepEqual([short(found.start), short(found.end)], [from, to]);
      const earlier = boundsBefore({ kind: 'named', name }, found, granularity, NOW);
      assert.equal(`${short(earlier.start)} to ${short(earlier.end)}`, before);
    });
  }

  test('is the same a minute later, so that a reload asks for the same report', () => {
    const range = { kind: 'named', name: '30d' } as const;
    assert.deepEqual(boundsOf(range, 'day', NOW), boundsOf(range, 'day', NOW + 60_000));
  });
});

describe('A range in words includes its last day', () => {
  const TEXTS = [
    ['last-week', 'day', 'Mon 16 Nov 2026 to Sun 22 Nov 2026'],
    ['last-week', 'hour', 'Mon 16 Nov 2026 to Sun 22 Nov 2026'],
    ['yesterday', 'hour', 'Tue 24 Nov 2026'],
    ['today', 'hour', 'Wed 25 Nov 2026, until now'],
    ['12m', 'month', 'Nov 2025 to now'],
    ['last-month', 'month', 'Oct 2026'],
  ] as const;
  for (const [name, granularity, text] of TEXTS) {
    test(text, () => assert.equal(boundsText(bounds(name, granularity), granularity, NOW), text));
  }

  test('in fields as well: what is sent is the day after', () => {
    assert.equal(lastDay('2026-12-01'), '2026-11-30');
    assert.equal(lastDay('2026-12-01T12:00:00'), '2026-12-01');
    assert.equal(endAfter('2026-11-30'), '2026-12-01');
    assert.equal(lastDay(endAfter('2024-02-29')), '2024-02-29');
    assert.equal(lastDay(''), '');
    assert.equal(endAfter(''), '');
  });
});

test('A range between two days is as it was given', () => {
  const range = { kind: 'between', start: '2026-10-15', end: '2026-11-20' } as const;
  assert.deepEqual(boundsOf(range, 'month', NOW), {
    start: parseIso('2026-10-15'),
    end: parseIso('2026-11-20'),
  });
  assert.equal(boundsOf({ kind: 'default' }, 'day', NOW), undefined);
});
