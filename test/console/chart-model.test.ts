import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chartModel, MOST_BARS, MOST_LINES } from '../../src/console/chart-model.ts';
import { parseReport } from '../../src/console/report-answer.ts';

const model = (records: readonly object[], metric: string) =>
  chartModel(parseReport({ report: records }), metric);

const utc = (...args: [number, number, number?, number?]): number =>
  Date.UTC(args[0], args[1] - 1, args[2] ?? 1, args[3] ?? 0) / 1000;

describe('A report over time', () => {
  test('is one line, in the order of time', () => {
    const records = [
      { year: '2026', month: '2', users: '2' },
      { year: '2025', month: '12', users: '1' },
    ];
    assert.deepEqual(model(records, 'users'), {
      kind: 'lines',
      times: [utc(2025, 12), utc(2026, 2)],
      lines: [{ name: '', values: [1, 2] }],
      omitted: 0,
    });
  });

  test('is a line for each combination of the other dimensions, with gaps where there is nothing', () => {
    const at = { year: '2026', month: '3', day: '4', hour: '5' };
    const records = [
      { ...at, tenant: 'T', mvpd: 'A', users: '1' },
      { ...at, hour: '6', tenant: 'T', mvpd: 'B', users: '9' },
    ];
    assert.deepEqual(model(records, 'users'), {
      kind: 'lines',
      times: [utc(2026, 3, 4, 5), utc(2026, 3, 4, 6)],
      lines: [
        { name: 'T · B', values: [null, 9] },
        { name: 'T · A', values: [1, null] },
      ],
      omitted: 0,
    });
  });

  test('draws the largest lines and tells how many it leaves out', () => {
    const records = Array.from({ length: MOST_LINES + 3 }, (_, i) => ({
      year: '2026',
      mvpd: `m${i}`,
      users: i,
    }));
    const drawn = model(records, 'users');
    assert.equal(drawn.kind, 'lines');
    if (drawn.kind !== 'lines') return;
    assert.equal(drawn.lines.length, MOST_LINES);
    assert.equal(drawn.lines[0]?.name, `m${MOST_LINES + 2}`);
    assert.equal(drawn.omitted, 3);
  });
});

test('A report by level is a histogram over everything else, in the order of levels', () => {
  const records = [
    { month: '1', 'concurrency-level': '10', users: '1' },
    { month: '1', 'concurrency-level': '2', users: '5' },
    { month: '2', 'concurrency-level': '2', users: '7' },
  ];
  assert.deepEqual(model(records, 'users'), { kind: 'histogram', levels: ['2', '10'], counts: [12, 1] });
});

test('A report by dimension is bars, the largest first', () => {
  const records = Array.from({ length: MOST_BARS + 2 }, (_, i) => ({ mvpd: `m${i}`, users: i }));
  const drawn = model(records, 'users');
  assert.equal(drawn.kind, 'bars');
  if (drawn.kind !== 'bars') return;
  assert.deepEqual(drawn.bars[0], { name: `m${MOST_BARS + 1}`, value: MOST_BARS + 1 });
  assert.equal(drawn.bars.length, MOST_BARS);
  assert.equal(drawn.omitted, 2);
});

test('A single record is a figure; no rows, or no such metric, are nothing', () => {
  assert.deepEqual(model([{ users: '7' }], 'users'), { kind: 'figure', value: 7 });
  assert.deepEqual(model([], 'users'), { kind: 'nothing' });
  assert.deepEqual(model([{ users: '7' }], 'others'), { kind: 'nothing' });
});
