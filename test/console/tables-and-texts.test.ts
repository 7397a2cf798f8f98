import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  alike,
  bytes,
  change,
  exact,
  milliseconds,
  percent,
  rate,
  relative,
  span,
} from '../../src/console/base/format.ts';
import {
  granularityOf,
  inSentence,
  metricsOf,
  plural,
  readable,
  withGranularity,
} from '../../src/console/report/dimensions.ts';
import { placeAfter } from '../../src/console/table/grid-keys.ts';
import { rowWindow } from '../../src/console/table/row-window.ts';
import { sortedRows } from '../../src/console/table/sorted-rows.ts';

describe('Sorting', () => {
  const rows = [
    ['10', 'b', 3],
    ['9', 'a', 20],
    ['9', 'c', 3],
  ] as const;
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

describe('Keys in a table', () => {
  const KEYS = [
    ['ArrowDown', 2, 1],
    ['ArrowUp', 0, 1],
    ['ArrowLeft', 1, 0],
    ['ArrowRight', 1, 2],
    ['PageDown', 5, 1],
    ['PageUp', 0, 1],
    ['Home', 1, 0],
    ['End', 1, 2],
  ] as const;
  for (const [key, row, column] of KEYS) {
    test(`${key} leads from row 1 of 5 to row ${row}, column ${column}`, () => {
      assert.deepEqual(placeAfter(key, { row: 1, column: 1 }, 5, 3), { row, column });
    });
  }

  test('that lead nowhere are left to the browser', () => {
    assert.equal(placeAfter('Tab', { row: 1, column: 1 }, 5, 3), undefined);
    assert.deepEqual(placeAfter('ArrowDown', { row: 5, column: 0 }, 5, 3), { row: 5, column: 0 });
  });
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

describe('Texts', () => {
  const TEXTS: readonly (readonly [string, string])[] = [
    [readable('application-id'), 'Application ID'],
    [readable('mvpd'), 'MVPD'],
    [readable('duration_2h-4h'), 'Duration 2h-4h'],
    [readable('duration_over-1m'), 'Duration over-1m'],
    [readable('dc'), 'DC'],
    [inSentence('application-id'), 'application ID'],
    [inSentence('mvpd'), 'MVPD'],
    [plural('mvpd'), 'MVPDs'],
    [plural('application-id'), 'application IDs'],
    [exact(1234.5), '1,235'],
    [exact(12.34), '12.3'],
    [exact(12), '12'],
    [alike([1, 2.5])(1), '1.0'],
    [alike([1, 2000])(1), '1'],
    [alike([1.5, 2000.4])(2000.4), '2,000'],
    [change(103, 100), '+3 %'],
    [change(97, 100), '−3 %'],
    [change(5, 0), 'new'],
    [change(0, 0), '±0 %'],
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
  ];
  for (const [given, expected] of TEXTS) test(expected, () => assert.equal(given, expected));
});
