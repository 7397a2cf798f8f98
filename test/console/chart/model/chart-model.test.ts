import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ChartModel,
  chartModel,
  groupedFor,
  MOST_BARS,
  MOST_LINES,
  OTHERS,
  shapesFor,
  totalText,
} from '../../../../src/console/chart/model/chart-model.ts';
import { parseIso } from '../../../../src/console/report/periods.ts';
import { parseReport } from '../../../../src/console/report/report-answer.ts';
import { ALL_METRICS, type ReportView, START } from '../../../../src/console/report/report-view.ts';

const at = (text: string): number => parseIso(text) ?? Number.NaN;

const inputOf = (records: readonly object[], metric: string, shown: Partial<ReportView> = {}) => ({
  report: parseReport({ report: records }),
  view: { ...START, ...shown },
  metric,
  isWhole: true,
  isComplete: () => true,
});

const model = (records: readonly object[], metric: string, shown: Partial<ReportView> = {}): ChartModel => {
  const input = inputOf(records, metric, shown);
  return chartModel(input, groupedFor(input));
};

/** What is drawn, with its figures or total. */
const drawn = (it: ChartModel): readonly unknown[] => {
  if (it.kind === 'lines') return it.series.map(({ name, figures }) => [name, figures]);
  return it.kind === 'bars' ? it.series.map(({ name, total }) => [name, total]) : [];
};

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => [
    { year: '2025', mvpd: `m${i}`, streams: i },
    { year: '2026', mvpd: `m${i}`, streams: i },
  ]).flat();

describe('A report over time', () => {
  test('is one line, in the order of time', () => {
    const it = model(
      [
        { year: '2026', month: '2', users: '2' },
        { year: '2025', month: '12', users: '1' },
      ],
      'users',
    );
    assert.deepEqual(drawn(it), [['Users', [1, 0, 2]]]);
    assert.deepEqual(it.kind === 'lines' && it.times, [at('2025-12'), at('2026-01'), at('2026-02')]);
  });

  test('is a line for each value of the dimensions that differ, the largest first', () => {
    const hour = { year: '2026', month: '3', day: '4', hour: '5', tenant: 'T' };
    const it = model(
      [
        { ...hour, mvpd: 'A', streams: '1' },
        { ...hour, hour: '6', mvpd: 'B', streams: '9' },
      ],
      'streams',
    );
    assert.deepEqual(drawn(it), [
      ['B', [0, 9]],
      ['A', [1, 0]],
    ]);
  });

  test('draws the largest lines and tells how many it leaves out', () => {
    const it = model(many(MOST_LINES + 3), 'streams');
    assert.equal(it.kind, 'lines');
    assert.equal(drawn(it).length, MOST_LINES);
    assert.equal(it.kind === 'lines' && it.omitted, 3);
  });

  test('as a stack holds everything: what is not drawn by itself is added up', () => {
    const it = model(many(MOST_LINES + 3), 'streams', { shape: 'stacked' });
    assert.deepEqual(drawn(it).at(-1), [OTHERS, [3, 3]]);
    assert.equal(it.kind === 'lines' && it.omitted, 0);
  });

  test('is never a stack of users: the same user may be in several', () => {
    const days = [1, 2].flatMap((day) =>
      ['A', 'B'].map((mvpd) => ({ year: '2026', month: '1', day, mvpd, 'active-users': day })),
    );
    const input = inputOf(days, 'active-users', { shape: 'stacked' });
    assert.deepEqual(shapesFor(groupedFor(input)), ['lines', 'bars']);
    const it = model(days, 'active-users', { shape: 'stacked' });
    assert.equal(it.kind === 'lines' && it.stacking, 'none');
  });

  test('says what it cannot add up', () => {
    const days = ['A', 'B'].map((mvpd) => ({ year: '2026', mvpd, 'active-users': 1 }));
    assert.deepEqual(model(days, 'active-users', { by: [] }), { kind: 'unaddable', dimensions: ['mvpd'] });
  });
});

describe('A report by level', () => {
  const LEVELS = ['2', '10', '1'].flatMap((level) =>
    ['1', '2'].flatMap((month) =>
      ['A', 'B'].map((mvpd) => ({
        year: '2026',
        month,
        'concurrency-level': level,
        mvpd,
        users: Number(level) * Number(month) * (mvpd === 'B' ? 10 : 1),
      })),
    ),
  );

  test('is a line for each level, in their order', () => {
    const it = model(
      LEVELS.filter(({ mvpd }) => mvpd === 'A'),
      'users',
    );
    assert.deepEqual(drawn(it), [
      ['1 stream', [1, 2]],
      ['2 streams', [2, 4]],
      ['10 streams', [10, 20]],
    ]);
  });

  test('and MVPD is a grid of means: users are not added up over months', () => {
    const it = model(LEVELS, 'users');
    assert.equal(it.kind, 'matrix');
    if (it.kind !== 'matrix') return;
    assert.equal(it.total, 'mean');
    assert.deepEqual(it.matrix, {
      down: 'MVPD',
      across: 'Concurrency level',
      rows: ['B', 'A'],
      columns: ['1', '2', '10'],
      figures: [
        [15, 30, 150],
        [1.5, 3, 15],
      ],
    });
  });
});

test('A report by dimension is bars, the largest first', () => {
  const it = model(
    Array.from({ length: MOST_BARS + 2 }, (_, i) => ({ mvpd: `m${i}`, users: i })),
    'users',
  );
  assert.equal(it.kind, 'bars');
  assert.deepEqual(drawn(it)[0], [`m${MOST_BARS + 1}`, MOST_BARS + 1]);
  assert.equal(drawn(it).length, MOST_BARS);
  assert.equal(it.kind === 'bars' && it.omitted, 2);
});

describe('All metrics together', () => {
  const DAYS = ['1', '2'].flatMap((day) =>
    ['A', 'B'].map((mvpd) => ({
      year: '2026',
      month: '1',
      day,
      mvpd,
      'failed-attempts': 1,
      'killed-sessions': 2,
      'active-users': 9,
    })),
  );

  test('are a line each, but for those that cannot be added up', () => {
    assert.deepEqual(drawn(model(DAYS, 'failed-attempts', { charted: ALL_METRICS })), [
      ['Failed attempts', [2, 2]],
      ['Killed sessions', [4, 4]],
    ]);
  });

  test('are a grid by MVPD', () => {
    const it = model(DAYS, 'failed-attempts', { charted: ALL_METRICS, shape: 'matrix', by: ['mvpd'] });
    assert.deepEqual(it.kind === 'matrix' && it.matrix.figures, [
      [2, 4],
      [2, 4],
    ]);
  });
});

test('Hours are a grid of days, if that is wanted', () => {
  const hours = Array.from({ length: 48 }, (_, i) => ({
    year: '2026',
    month: '1',
    day: 1 + Math.floor(i / 24),
    hour: i % 24,
    'active-sessions': i,
  }));
  const it = model(hours, 'active-sessions', { shape: 'matrix' });
  assert.deepEqual(it.kind === 'matrix' && it.matrix.rows, ['Thu 1 Jan', 'Fri 2 Jan']);
  assert.equal(it.kind === 'matrix' && it.matrix.figures[1]?.[3], 27);
});

test('A single record is a figure; no rows, or no such metric, are nothing', () => {
  assert.deepEqual(model([{ users: '7' }], 'users'), { kind: 'figure', value: 7 });
  assert.deepEqual(model([], 'users'), { kind: 'nothing' });
  assert.deepEqual(model([{ users: '7' }], 'others'), { kind: 'nothing' });
});

test('A total is told with its period', () => {
  assert.equal(totalText('mean', 'day'), 'mean per day');
  assert.equal(totalText('max', 'hour'), 'most in an hour');
  assert.equal(totalText('sum', undefined), '');
});
