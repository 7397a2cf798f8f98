import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { beside } from '../../../src/console/report/comparison.ts';
import {
  groupChoices,
  groupNames,
  groupReport,
  together,
  totalOf,
  varying,
} from '../../../src/console/report/grouping.ts';
import {
  kindOfMetric,
  totalFor,
  totalsOf,
  unitOf,
  whyNotAdded,
} from '../../../src/console/report/metrics.ts';
import { parseIso } from '../../../src/console/report/periods.ts';
import { parseReport } from '../../../src/console/report/report-answer.ts';

const at = (text: string): number => parseIso(text) ?? Number.NaN;

/** Two days, two tenants, two MVPDs; nothing of B on the second day. */
const REPORT = parseReport({
  report: [
    {
      year: '2026',
      month: '1',
      day: '1',
      tenant: 'T',
      mvpd: 'A',
      'started-sessions': '1',
      'active-users': '1',
    },
    {
      year: '2026',
      month: '1',
      day: '1',
      tenant: 'U',
      mvpd: 'A',
      'started-sessions': '2',
      'active-users': '2',
    },
    {
      year: '2026',
      month: '1',
      day: '1',
      tenant: 'T',
      mvpd: 'B',
      'started-sessions': '4',
      'active-users': '3',
    },
    {
      year: '2026',
      month: '1',
      day: '3',
      tenant: 'T',
      mvpd: 'A',
      'started-sessions': '8',
      'active-users': '5',
    },
  ],
});

describe('Groups', () => {
  test('add up events over what nobody groups by, and show days without rows', () => {
    const grouped = groupReport(REPORT, 'started-sessions', ['mvpd'], true);
    assert.deepEqual(grouped.times, [at('2026-01-01'), at('2026-01-02'), at('2026-01-03')]);
    assert.deepEqual(grouped.groups, [
      { values: ['A'], figures: [3, 0, 8] },
      { values: ['B'], figures: [4, 0, 0] },
    ]);
    assert.deepEqual(together(grouped), [7, 0, 8]);
  });

  test('of a report that was cut off do not take what is missing for nothing', () => {
    const grouped = groupReport(REPORT, 'started-sessions', ['mvpd'], false);
    assert.deepEqual(grouped.groups[1]?.figures, [4, null, null]);
  });

  test('never add users up over tenants or MVPDs, and say over what', () => {
    const grouped = groupReport(REPORT, 'active-users', ['mvpd'], true);
    assert.deepEqual([grouped.groups, grouped.unaddable], [[], ['tenant']]);
    assert.deepEqual(groupReport(REPORT, 'active-users', [], true).unaddable, ['tenant', 'mvpd']);
    assert.equal(together(groupReport(REPORT, 'active-users', ['tenant', 'mvpd'], true)), undefined);
  });

  test('of users are fine where nothing has to be added up', () => {
    const grouped = groupReport(REPORT, 'active-users', ['tenant', 'mvpd'], true);
    assert.deepEqual(grouped.unaddable, []);
    assert.deepEqual(groupNames(grouped), ['T · A', 'U · A', 'T · B']);
  });

  test('by a dimension with one value only are not named after it', () => {
    const report = parseReport({
      report: [
        { tenant: 'T', mvpd: 'A', x: 1 },
        { tenant: 'T', mvpd: 'B', x: 2 },
      ],
    });
    assert.deepEqual(varying(report), ['mvpd']);
    assert.deepEqual(groupNames(groupReport(report, 'x', ['tenant', 'mvpd'], true)), ['A', 'B']);
  });

  test('of a report without time are one period', () => {
    const report = parseReport({
      report: [
        { mvpd: 'A', x: 1 },
        { mvpd: 'B', x: 2 },
      ],
    });
    const grouped = groupReport(report, 'x', ['mvpd'], true);
    assert.equal(grouped.unit, undefined);
    assert.deepEqual(
      grouped.groups.map(({ figures }) => figures),
      [[1], [2]],
    );
  });
});

describe('Groups by time', () => {
  const HOURS = parseReport({
    report: [
      { year: '2026', month: '1', day: '1', hour: '20', mvpd: 'A', 'started-sessions': '4' },
      { year: '2026', month: '1', day: '1', hour: '21', mvpd: 'A', 'started-sessions': '1' },
      { year: '2026', month: '1', day: '2', hour: '20', mvpd: 'A', 'started-sessions': '8' },
    ],
  });
  const by = (...names: readonly string[]) =>
    groupReport(HOURS, 'started-sessions', names, true).groups.map(
      ({ values, figures }) => `${values}: ${totalOf(figures, 'sum')}, mean ${totalOf(figures, 'mean')}`,
    );

  test('are days with their date, and hours of the day', () => {
    assert.deepEqual(groupChoices(HOURS), ['year', 'month', 'day', 'hour', 'mvpd']);
    assert.deepEqual(
      by('day').map((it) => it.split(',')[0]),
      ['2026-01-01: 5', '2026-01-02: 8'],
    );
    // At 21:00 of the second day there was nothing to be known yet; at 20:00 there are two evenings.
    assert.deepEqual(by('hour'), ['20:00: 12, mean 6', '21:00: 1, mean 1']);
    assert.deepEqual(by('hour', 'mvpd')[0], '20:00,A: 12, mean 6');
  });
});

describe('One figure for many periods', () => {
  const isWhole = (index: number): boolean => index !== 2;
  const TOTALS = [
    ['sum', [1, 2, 0, 5], 8],
    ['max', [1, 2, 0, 5], 5],
    // The third is not whole: it does not pull the mean down.
    ['mean', [1, 3, 0, 5], 3],
    ['mean', [null, 3, null, 5], 4],
    ['mean', [null, null, 7, null], 7],
    ['sum', [null, null], null],
  ] as const;
  for (const [total, figures, expected] of TOTALS) {
    test(`${total} of ${figures.join(', ')} is ${expected}`, () => {
      assert.equal(totalOf(figures, total, isWhole), expected);
    });
  }
});

describe('A metric', () => {
  const METRICS = [
    ['started-sessions', 'events', 'sum', 'sessions'],
    ['failed-attempts', 'events', 'sum', 'attempts'],
    ['duration_over-1m', 'events', 'sum', 'streams'],
    ['bstreams-30', 'events', 'sum', 'streams'],
    ['active-sessions', 'running', 'mean', 'sessions'],
    ['active-users', 'distinct', 'mean', 'users'],
    ['users', 'distinct', 'mean', 'users'],
    ['unique-accounts', 'distinct', 'mean', 'accounts'],
    ['authz-latency', 'other', 'max', ''],
    ['count', 'events', 'sum', ''],
  ] as const;
  for (const [metric, kind, total, unit] of METRICS) {
    test(`${metric} counts ${kind}: over time its ${total}`, () => {
      assert.equal(kindOfMetric(metric), kind);
      assert.equal(totalFor(metric, undefined), total);
      assert.equal(totalsOf(metric).includes('sum'), kind === 'events');
      assert.equal(unitOf(metric), unit);
    });
  }

  test('is not shown in a way that is wrong for it, whatever the address says', () => {
    assert.equal(totalFor('users', 'sum'), 'mean');
    assert.equal(totalFor('users', 'max'), 'max');
    assert.equal(
      whyNotAdded('unique-accounts', 'tenants'),
      'Accounts are not added up over tenants: the same account may be counted in several.',
    );
  });
});

describe('The period before', () => {
  const month = (start: string, ...figures: readonly [day: number, value: number][]) =>
    parseReport({
      report: figures.map(([day, x]) => ({
        year: start.slice(0, 4),
        month: start.slice(5),
        day,
        mvpd: 'A',
        x,
      })),
    });

  test('lies beside this one day by day, however long the months are', () => {
    const now = groupReport(month('2026-03', [1, 10], [3, 30]), 'x', ['mvpd'], true);
    const before = groupReport(month('2026-02', [1, 1], [3, 3], [28, 9]), 'x', ['mvpd'], true);
    const starts = { now: at('2026-03-01'), before: at('2026-02-01') };
    assert.deepEqual(beside(now, before, starts, true), [[1, 0, 3]]);
    const cut = groupReport(month('2026-02', [1, 1], [3, 3]), 'x', ['mvpd'], false);
    assert.deepEqual(beside(now, cut, starts, false), [[1, null, 3]]);
  });

  test('has nothing for a name that is new', () => {
    const now = groupReport(parseReport({ report: [{ mvpd: 'B', x: 1 }] }), 'x', ['mvpd'], true);
    const before = groupReport(parseReport({ report: [{ mvpd: 'A', x: 1 }] }), 'x', ['mvpd'], true);
    assert.deepEqual(beside(now, before, { now: 0, before: 0 }, true), [[0]]);
  });
});
