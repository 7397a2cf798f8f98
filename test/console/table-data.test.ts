import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lookAt } from '../../src/console/report/look.ts';
import { parseReport } from '../../src/console/report/report-answer.ts';
import { type ReportView, START } from '../../src/console/report/report-view.ts';
import { narrowed, rowsData, totalsData } from '../../src/console/table/table-data.ts';

const NOW = Date.UTC(2026, 10, 25);

const look = (factor: number, shown: Partial<ReportView> = {}) => {
  const report = ['1', '2'].flatMap((day) =>
    ['A', 'B'].map((mvpd, index) => ({
      year: '2026',
      month: '11',
      day,
      mvpd,
      'started-sessions': factor * (index + 1),
      'active-users': index + 1,
    })),
  );
  return lookAt(parseReport({ report }), { ...START, path: ['year', 'month', 'day', 'mvpd'], ...shown }, NOW);
};

const titles = ({ columns }: ReturnType<typeof totalsData>): string[] =>
  columns.map(({ title, note }) => (note === undefined ? title : `${title}, ${note}`));

describe('A table of totals', () => {
  test('says how each figure came about, and adds up only what may be', () => {
    const data = totalsData(look(10));
    assert.deepEqual(titles(data), ['MVPD', 'Started sessions, in all', 'Active users, mean per day']);
    assert.deepEqual(data.rows, [
      ['A', 20, 1],
      ['B', 40, 2],
    ]);
    assert.deepEqual(data.footer, ['All', 60, null]);
  });

  test('has the period before beside one of them', () => {
    const data = totalsData(look(10), { metric: 'started-sessions', before: look(8) });
    assert.deepEqual(titles(data).slice(-2), ['Before', 'Change']);
    assert.deepEqual(data.rows[0], ['A', 20, 1, 16, '+25 %']);
    assert.deepEqual(data.footer, ['All', 60, null, 48, '+25 %']);
  });

  test('is by day, if that is wanted; then MVPDs are added up, users are not', () => {
    const data = totalsData(look(10, { by: ['day'] }));
    assert.deepEqual(data.rows, [
      ['2026-11-01', 30, null],
      ['2026-11-02', 30, null],
    ]);
  });
});

test('Every row has its time in one column', () => {
  const data = rowsData(look(1));
  assert.deepEqual(titles(data), ['Day', 'MVPD', 'Started sessions', 'Active users']);
  assert.deepEqual(data.rows[3], ['2026-11-02', 'B', 2, 2]);
});

test('A phone shows dimension and figure first', () => {
  const data = narrowed(rowsData(look(1)), 'active-users');
  assert.deepEqual(titles(data), ['MVPD', 'Active users', 'Day', 'Started sessions']);
  assert.deepEqual(data.rows[3], ['B', 2, '2026-11-02', 2]);
});
