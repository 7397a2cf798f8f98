import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { timeTicks } from '../../../../src/console/chart/plot/time-ticks.ts';
import type { TimeDimension } from '../../../../src/console/report/dimensions.ts';
import { floorTo, parseIso } from '../../../../src/console/report/periods.ts';

const at = (text: string): number => parseIso(text) ?? Number.NaN;

type Case = readonly [granularity: TimeDimension, from: string, to: string, width: number, labels: string];

const CASES: readonly Case[] = [
  ['day', '2026-11-16', '2026-11-22', 1000, 'Mon 16 Tue 17 Wed 18 Thu 19 Fri 20 Sat 21 Sun 22'],
  ['day', '2026-11-16', '2026-11-22', 300, 'Mon 16 Wed 18 Fri 20 Sun 22'],
  ['day', '2026-09-01', '2026-11-22', 400, '14 Sept 28 Sept 12 Oct 26 Oct 9 Nov'],
  // Months on an axis of months: never a day between them.
  ['month', '2026-01-01', '2026-03-01', 1600, 'Jan 26 Feb 26 Mar 26'],
  ['month', '2025-01-01', '2026-11-01', 700, 'Jan 25 Apr 25 Jul 25 Oct 25 Jan 26 Apr 26 Jul 26 Oct 26'],
  ['hour', '2026-11-22T20:00', '2026-11-23T04:00', 300, '20:00 22:00 23 Nov 02:00 04:00'],
  ['hour', '2026-11-16', '2026-11-22T23:00', 700, 'Mon 16 Tue 17 Wed 18 Thu 19 Fri 20 Sat 21 Sun 22'],
  ['minute', '2026-11-22T20:00', '2026-11-22T20:05', 800, '20:00 20:01 20:02 20:03 20:04 20:05'],
  ['year', '2024-01-01', '2026-01-01', 400, '2024 2025 2026'],
  ['year', '2026-01-01', '2026-01-01', 400, '2026'],
];

describe('The marks of a time axis', () => {
  for (const [granularity, from, to, width, labels] of CASES) {
    test(`by ${granularity} from ${from} to ${to} on ${width} px: ${labels}`, () => {
      assert.equal(timeTicks(at(from), at(to), granularity, width).labels.join(' '), labels);
    });
  }

  test('are whole units of the granularity or coarser, and never touch', () => {
    for (const [granularity, from, to] of CASES) {
      for (let width = 120; width < 2000; width += 97) {
        const { at: ticks } = timeTicks(at(from), at(to), granularity, width);
        for (const tick of ticks) assert.equal(floorTo(tick, granularity), tick, `${granularity} ${width}`);
        const apart = ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0));
        const pixels = apart.map((it) => (it / (at(to) - at(from))) * width);
        assert.ok(Math.min(...pixels, 999) >= 48, `${granularity} ${from} ${width}: ${Math.min(...pixels)}`);
      }
    }
  });
});
