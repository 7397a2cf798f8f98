import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ceilTo,
  floorTo,
  isoText,
  later,
  parseIso,
  periodName,
  periodsBetween,
  periodText,
  type Unit,
  wallTime,
  zoneLabel,
} from '../../../src/console/report/periods.ts';

const at = (text: string): number => parseIso(text) ?? Number.NaN;

describe('A period', () => {
  const FLOORS: readonly (readonly [Unit, string, string])[] = [
    ['year', '2026-01-01T00:00:00', '2027-01-01T00:00:00'],
    ['month', '2026-11-01T00:00:00', '2026-12-01T00:00:00'],
    // A Wednesday: its week began on Monday.
    ['week', '2026-11-23T00:00:00', '2026-11-30T00:00:00'],
    ['day', '2026-11-25T00:00:00', '2026-11-26T00:00:00'],
    ['hour', '2026-11-25T08:00:00', '2026-11-25T09:00:00'],
    ['minute', '2026-11-25T08:34:00', '2026-11-25T08:35:00'],
  ];
  for (const [unit, floor, ceil] of FLOORS) {
    test(`of a ${unit} begins at ${floor} and ends at ${ceil}`, () => {
      const within = at('2026-11-25T08:34:06');
      assert.equal(isoText(floorTo(within, unit)), floor);
      assert.equal(isoText(ceilTo(within, unit)), ceil);
      assert.equal(ceilTo(at(floor), unit), at(floor), 'its beginning is whole already');
    });
  }

  test('begins its week on Monday, on a Sunday too', () => {
    assert.equal(isoText(floorTo(at('2026-11-29'), 'week')), '2026-11-23T00:00:00');
    assert.equal(isoText(floorTo(at('2026-11-23'), 'week')), '2026-11-23T00:00:00');
  });

  const LATER: readonly (readonly [string, Unit, number, string])[] = [
    ['2026-01-31', 'month', 1, '2026-02-28'],
    ['2024-01-31', 'month', 1, '2024-02-29'],
    ['2026-03-01', 'month', -1, '2026-02-01'],
    ['2024-02-29', 'year', 1, '2025-02-28'],
    ['2026-12-31', 'day', 1, '2027-01-01'],
    ['2026-01-01', 'week', -1, '2025-12-25'],
  ];
  for (const [from, unit, count, to] of LATER) {
    test(`${count} ${unit} from ${from} is ${to}`, () => {
      assert.equal(isoText(later(at(from), unit, count)).slice(0, 10), to);
    });
  }

  test('follows another without a gap', () => {
    assert.deepEqual(
      periodsBetween(at('2025-11-01'), at('2026-02-01'), 'month').map((it) => isoText(it).slice(0, 7)),
      ['2025-11', '2025-12', '2026-01', '2026-02'],
    );
    assert.equal(periodsBetween(0, 1e15, 'minute', 100).length, 100);
  });

  const NAMES = [
    ['year', '2026', '2026'],
    ['month', 'Nov 2026', '2026-11'],
    ['day', 'Sun 22 Nov 2026', '2026-11-22'],
    ['hour', 'Sun 22 Nov 2026, 20:00', '2026-11-22 20:00'],
    ['minute', 'Sun 22 Nov 2026, 20:05', '2026-11-22 20:05'],
  ] as const;
  for (const [unit, name, text] of NAMES) {
    test(`is called ${name}, and ${text} in a table`, () => {
      const start = floorTo(at('2026-11-22T20:05:00'), unit);
      assert.equal(periodName(start, unit), name);
      assert.equal(periodText(start, unit), text);
    });
  }
});

describe('A zone', () => {
  const NOW = Date.UTC(2026, 6, 1, 3);
  const ZONES = [
    ['UTC', '2026-07-01T03:00:00', 'UTC'],
    ['-08:00', '2026-06-30T19:00:00', 'UTC−08:00'],
    ['+05:30', '2026-07-01T08:30:00', 'UTC+05:30'],
    ['America/New_York', '2026-06-30T23:00:00', 'America/New_York'],
  ] as const;
  for (const [zone, wall, label] of ZONES) {
    test(`${zone} says ${wall}, and is told as ${label}`, () => {
      assert.equal(isoText(wallTime(NOW, zone)), wall);
      assert.equal(zoneLabel(zone), label);
    });
  }
});

test('What is no date is none', () => {
  for (const text of ['', 'x', '20', '12-01']) assert.equal(parseIso(text), undefined, text);
  assert.equal(isoText(at('2012')), '2012-01-01T00:00:00');
});
