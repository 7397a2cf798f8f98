import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  granularityOf,
  isUnfinished,
  metricsOf,
  readable,
  withGranularity,
} from '../../src/console/dimensions.ts';
import { bytes, milliseconds, percent, rate, relative, span } from '../../src/console/format.ts';
import type { Row } from '../../src/console/report-answer.ts';
import { rowWindow } from '../../src/console/row-window.ts';
import { sortedRows } from '../../src/console/sorted-rows.ts';
import { timeTick } from '../../src/console/time-tick.ts';

describe('Sorting', () => {
  const rows: readonly Row[] = [
    ['10', 'b', 3],
    ['9', 'a', 20],
    ['9', 'c', 3],
  ];
  const order = (column: number, descending: boolean) =>
    sortedRows(rows, column, descending).map((row) => rows.indexOf(row));

  test('takes texts that are numbers as numbers, and keeps equal rows in their order', () => {
    assert.deepEqual(order(0, false), [1, 2, 0]);
    assert.deepEqual(order(0, true), [0, 1, 2]);
    assert.deepEqual(order(1, false), [1, 0, 2]);
    assert.deepEqual(order(2, true), [1, 0, 2]);
  });

  test('by no column leaves them as they came', () => {
    assert.deepEqual(order(-1, true), [0, 1, 2]);
  });
});

describe('The window on the rows', () => {
  const CASES = [
    { rows: 0, scrolled: 0, first: 0, end: 0 },
    { rows: 5, scrolled: 0, first: 0, end: 5 },
    { rows: 10_000, scrolled: 0, first: 0, end: 42 },
    { rows: 10_000, scrolled: 150_000, first: 4988, end: 5042 },
    { rows: 10_000, scrolled: 299_700, first: 9978, end: 10_000 },
    // The report became shorter while it was scrolled down.
    { rows: 10, scrolled: 299_700, first: 0, end: 10 },
  ];
  for (const { rows, scrolled, first, end } of CASES) {
    test(`of ${rows} scrolled by ${scrolled} is ${first} to ${end}`, () => {
      const shown = rowWindow(rows, 30, scrolled, 900);
      assert.equal(shown.first, first);
      assert.equal(shown.end, end);
      assert.equal(shown.above + (end - first) * 30 + shown.below, rows * 30);
    });
  }
});

describe('Granularity', () => {
  test('is the finest time dimension of a path', () => {
    assert.equal(granularityOf(['tenant', 'year', 'month']), 'month');
    assert.equal(granularityOf(['tenant']), undefined);
  });

  test('changes where the time stands in the path', () => {
    assert.deepEqual(withGranularity(['year', 'month', 'mvpd'], 'day'), ['year', 'month', 'day', 'mvpd']);
    assert.deepEqual(withGranularity(['tenant', 'year', 'month', 'day'], 'year'), ['tenant', 'year']);
    assert.deepEqual(withGranularity(['tenant'], 'year'), ['tenant']);
  });

  test('goes with the metrics that such a report has', () => {
    assert.deepEqual(metricsOf(['year', 'concurrency-level']), ['users']);
    assert.ok(metricsOf(['year']).includes('duration_over-1m'));
  });
});

describe('A period is not over', () => {
  const NOW = Date.UTC(2026, 1, 28, 12, 30, 30);
  const CASES = [
    ['year', Date.UTC(2026, 0), true],
    ['year', Date.UTC(2025, 0), false],
    ['month', Date.UTC(2026, 1), true],
    ['month', Date.UTC(2026, 0), false],
    ['day', Date.UTC(2026, 1, 28), true],
    ['day', Date.UTC(2026, 1, 27), false],
    ['hour', Date.UTC(2026, 1, 28, 12), true],
    ['hour', Date.UTC(2026, 1, 28, 11), false],
    ['minute', Date.UTC(2026, 1, 28, 12, 30), true],
    ['minute', Date.UTC(2026, 1, 28, 12, 29), false],
  ] as const;
  for (const [granularity, start, expected] of CASES) {
    test(`${expected}: the ${granularity} from ${new Date(start).toISOString()}`, () => {
      assert.equal(isUnfinished(start / 1000, granularity, NOW), expected);
    });
  }
});

describe('Texts', () => {
  const TEXTS: readonly (readonly [string, string])[] = [
    [readable('application-id'), 'Application ID'],
    [readable('mvpd'), 'MVPD'],
    [readable('duration_2h-4h'), 'Duration 2h-4h'],
    [readable('duration_over-1m'), 'Duration over-1m'],
    [bytes(0), '0 B'],
    [bytes(1536), '1.5 KiB'],
    [bytes(64 * 2 ** 20), '64.0 MiB'],
    [milliseconds(null), '–'],
    [milliseconds(0.4249), '0.42 ms'],
    [milliseconds(12.4), '12 ms'],
    [milliseconds(1240), '1.2 s'],
    [percent(null), '–'],
    [percent(0), '0.0 %'],
    [percent(0.999), '99.90 %'],
    [percent(1), '100 %'],
    [rate(0), '0'],
    [rate(0.25), '0.3'],
    [rate(52_345), '52.3K'],
    [span(400), '0 s'],
    [span(59_999), '1 min'],
    [span(3_661_000), '1 h 1 min'],
    [span(90_000_000), '1 d 1 h'],
    [span(86_400_000 + 60_000), '1 d'],
    [relative(10_000, 10_500), 'now'],
    [relative(15_000, 10_000), 'in 5 s'],
    [relative(10_000, 15_000), '5 s ago'],
    [timeTick(1_769_904_000, 31_536_000), '2026'],
    [timeTick(1_769_904_000, 2_592_000), 'Feb 2026'],
    [timeTick(1_769_904_000, 86_400), '1 Feb'],
    [timeTick(1_769_904_000, 3600), '1 Feb'],
    [timeTick(1_769_907_600, 3600), '01:00'],
    [timeTick(1_769_907_605, 5), '01:00:05'],
  ];
  for (const [given, expected] of TEXTS) test(expected, () => assert.equal(given, expected));
});
