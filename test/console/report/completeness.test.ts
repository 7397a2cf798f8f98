import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { incompletePeriods, type Lack, lackText } from '../../../src/console/report/completeness.ts';
import type { TimeDimension } from '../../../src/console/report/dimensions.ts';
import { parseIso } from '../../../src/console/report/periods.ts';

const at = (text: string): number => parseIso(text) ?? Number.NaN;

interface Case {
  readonly unit: TimeDimension;
  readonly times: readonly [string, string];
  readonly range: readonly [string, string | undefined] | undefined;
  readonly isCut?: boolean;
  readonly lacks: readonly (readonly [string, Lack])[];
}

const NOW = at('2026-11-25T08:34');

const CASES: readonly Case[] = [
  { unit: 'day', times: ['2026-11-16', '2026-11-22'], range: ['2026-11-16', '2026-11-23'], lacks: [] },
  {
    unit: 'day',
    times: ['2026-11-16', '2026-11-25'],
    range: ['2026-11-16', undefined],
    lacks: [['2026-11-25', 'not-over']],
  },
  {
    unit: 'month',
    times: ['2025-11', '2026-10'],
    range: ['2025-11-24', '2026-10-15'],
    lacks: [
      ['2025-11', 'starts-late'],
      ['2026-10', 'ends-early'],
    ],
  },
  {
    unit: 'hour',
    times: ['2026-11-25T07:00', '2026-11-25T08:00'],
    range: undefined,
    lacks: [['2026-11-25T08:00', 'not-over']],
  },
  { unit: 'hour', times: ['2026-11-25T06:00', '2026-11-25T07:00'], range: undefined, lacks: [] },
  // Rows come in the order of time: the last period is the one that lacks some.
  {
    unit: 'day',
    times: ['2026-10-01', '2026-10-20'],
    range: ['2026-10-01', '2026-11-01'],
    isCut: true,
    lacks: [['2026-10-20', 'cut-off']],
  },
];

describe('Periods at the edge of a report', () => {
  for (const { unit, times, range, isCut = false, lacks } of CASES) {
    test(`by ${unit} from ${times.join(' to ')}: ${lacks.map(([, lack]) => lack).join(', ') || 'whole'}`, () => {
      const [start, end] = range ?? [];
      const bounds =
        start === undefined ? undefined : { start: at(start), end: end === undefined ? undefined : at(end) };
      const found = incompletePeriods(times.map(at), unit, bounds, NOW, isCut);
      assert.deepEqual(
        [...found],
        lacks.map(([time, lack]) => [at(time), lack]),
      );
    });
  }

  test('are told in words', () => {
    assert.equal(lackText('not-over', 'day'), 'The last day is not over: its figures will grow.');
    assert.match(lackText('starts-late', 'month'), /^The first month is not whole/);
  });
});
