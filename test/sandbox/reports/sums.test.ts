import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cmuTree, type TreeNode } from '../../../src/sandbox/reports/cube/tree.ts';
import { NOW, reportReader, type Table } from '../report-reader.ts';

const reader = reportReader({ minuteReports: true });
const DAY = 86_400_000;

const ADDING =
  'active-sessions started-sessions completed-sessions failed-attempts dismissed-sessions killed-sessions bstreams-30'.split(
    ' ',
  );
const DURATIONS =
  'duration_0-15 duration_15-30 duration_30-60 duration_60-120 duration_2h-4h duration_4h-8h duration_8h-16h duration_16h-1d duration_1d-3d duration_3d-7d duration_1w-1m duration_over-1m'.split(
    ' ',
  );
const METRICS = [...ADDING, ...DURATIONS];

function nodes(node: TreeNode): TreeNode[] {
  return [node, ...[...node.children.values()].flatMap(nodes)];
}

const isHistogram = ({ metrics }: TreeNode) => metrics.includes('users');
/** Each node with its parent: a finer report and a coarser one of the same data. */
const pairs = nodes(cmuTree({ minuteReports: true, unpublished: true })).flatMap((child) =>
  child.parent === undefined || isHistogram(child) ? [] : [{ child, parent: child.parent }],
);
const values: Readonly<Record<string, readonly string[]>> = {
  tenant: ['North', 'South', 'nobody'],
  mvpd: ['Cablenova', 'Télénord', 'Cable & Sons, Ltd', 'StarDish'],
  platform: ['iOS', 'Roku', 'Web'],
  channel: ['Unknown', 'North Sports'],
  application: ['North Web', 'South TV'],
};

const filterOf = (child: TreeNode) =>
  fc
    .array(
      fc.record({
        name: fc.constantFrom(...Object.keys(values)),
        pick: fc.nat(),
        negated: fc.boolean(),
      }),
      { maxLength: 2 },
    )
    .map((filters) =>
      filters
        .filter(({ name }) => child.reachable.has(name as never))
        .map(({ name, pick, negated }) => {
          const known = values[name] ?? [];
          return `${name}${negated ? '!' : ''}=${encodeURIComponent(known[pick % known.length] ?? '')}`;
        })
        .join('&'),
    );

/** A range that is small where the rows are many, and cut at any minute. */
const rangeOf = (child: TreeNode) => {
  const longest = child.dimensions.includes('minute') ? 0.02 : child.dimensions.includes('hour') ? 1.5 : 40;
  return fc
    .record({
      back: fc.double({ min: 0, max: 700, noNaN: true }),
      days: fc.double({ min: 0.01, max: longest, noNaN: true }),
    })
    .map(({ back, days }) => {
      const end = NOW - 2 * DAY - back * DAY;
      const iso = (at: number) => new Date(at).toISOString().slice(0, 16);
      return `start=${iso(end - days * DAY)}&end=${iso(end)}`;
    });
};

const timeless = (node: TreeNode) => !node.dimensions.some((name) => ['year', 'month', 'day'].includes(name));

const cases = fc
  .constantFrom(...pairs)
  // A path without a time dimension ignores the range, so it cannot be compared with one that obeys it, but as a whole.
  .chain(({ child, parent }) =>
    fc.record({
      child: fc.constant(child),
      parent: fc.constant(parent),
      range: timeless(parent) ? fc.constant('start=2000') : rangeOf(child),
      filter: filterOf(child),
    }),
  );

const keyOf = (row: Readonly<Record<string, string>>, names: readonly string[]) =>
  names.map((name) => row[name]).join('\0');

function grouped({ rows }: Table, names: readonly string[]) {
  const groups = new Map<string, Record<string, { sum: number; max: number }>>();
  for (const row of rows) {
    const key = keyOf(row, names);
    const group = groups.get(key) ?? {};
    for (const metric of [...METRICS, 'active-users']) {
      const value = Number(row[metric]);
      const { sum, max } = group[metric] ?? { sum: 0, max: 0 };
      group[metric] = { sum: sum + value, max: Math.max(max, value) };
    }
    groups.set(key, group);
  }
  return groups;
}

test('in every drill-down the counts add up to the row above, and users stay between the largest part and the sum', () => {
  fc.assert(
    fc.property(cases, ({ child, parent, range, filter }) => {
      const query = `metrics=active-users,${METRICS.join(',')}&limit=1900000&${range}&${filter}`;
      const fine = reader.table(['', ...child.dimensions].join('/'), query);
      const coarse = reader.table(['', ...parent.dimensions].join('/'), query);
      const parts = grouped(fine, parent.dimensions);
      assert.equal(coarse.rows.length, parts.size, 'the same groups');
      for (const row of coarse.rows) {
        const part = parts.get(keyOf(row, parent.dimensions));
        for (const metric of METRICS) assert.equal(Number(row[metric]), part?.[metric]?.sum, metric);
        const users = Number(row['active-users']);
        const bounds = part?.['active-users'] ?? { sum: 0, max: 0 };
        assert.ok(users >= bounds.max && users <= bounds.sum, `${bounds.max} <= ${users} <= ${bounds.sum}`);
      }
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('within each row the metrics fit each other', () => {
  fc.assert(
    fc.property(cases, ({ child, range, filter }) => {
      const query = `metrics=active-users,${METRICS.join(',')}&limit=1900000&${range}&${filter}`;
      for (const row of reader.table(['', ...child.dimensions].join('/'), query).rows) {
        const of = (metric: string) => Number(row[metric]);
        const lengths = DURATIONS.reduce((sum, metric) => sum + of(metric), 0);
        assert.equal(lengths, of('completed-sessions'), 'every finished session has a length');
        assert.ok(of('started-sessions') <= of('active-sessions'), 'a started session was active');
        assert.ok(of('completed-sessions') <= of('active-sessions'), 'a finished session was active');
        assert.ok(
          of('dismissed-sessions') + of('killed-sessions') <= of('completed-sessions'),
          'those were finished',
        );
        assert.ok(of('active-users') <= of('active-sessions'), 'a user had a session');
        assert.equal(of('active-users') > 0, of('active-sessions') > 0);
        assert.ok(of('active-sessions') + of('failed-attempts') > 0, 'no row without anything in it');
      }
    }),
    { numRuns: 30, seed: 8 },
  );
});

test('distinct users really do not add up over time', () => {
  const [month] = reader.table('/year/month', 'start=2026-09&end=2026-10').rows;
  const days = reader.table('/year/month/day', 'start=2026-09&end=2026-10').rows;
  const sum = days.reduce((total, row) => total + Number(row['active-users']), 0);
  assert.ok(Number(month?.['active-users']) * 2 < sum);
});

test('histograms fit: their users are the active users, and take no more streams than there were', () => {
  for (const above of ['', '/tenant', '/tenant/mvpd']) {
    for (const level of ['concurrency-level', 'activity-level']) {
      const query = 'start=2026-09-01&end=2026-09-08&limit=100000';
      const names = ['year', 'month', 'day', ...above.split('/').slice(1)];
      const histogram = reader.table(`/year/month/day/${level}${above}`, query);
      const totals = reader.table(`/year/month/day`, `${query}&${names.slice(3).join('&')}`);
      assert.ok(totals.rows.length >= 7);
      for (const row of totals.rows) {
        const bars = histogram.rows.filter((bar) => keyOf(bar, names) === keyOf(row, names));
        const users = bars.reduce((sum, bar) => sum + Number(bar['users']), 0);
        const streams = bars.reduce((sum, bar) => sum + Number(bar['users']) * Number(bar[level]), 0);
        assert.equal(users, Number(row['active-users']), `${level}${above}`);
        const denied = level === 'activity-level' ? Number(row['failed-attempts']) : 0;
        assert.ok(streams <= Number(row['active-sessions']) + denied, `${streams} streams`);
      }
    }
  }
});
