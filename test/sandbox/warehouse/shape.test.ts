import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_TENANTS } from '../../../src/sandbox/warehouse/catalogue.ts';
import { distinctUsers } from '../../../src/sandbox/warehouse/distinct.ts';
import { usersByLevel } from '../../../src/sandbox/warehouse/histograms.ts';
import { reportReader } from '../report-reader.ts';

const reader = reportReader({ tenants: DEFAULT_TENANTS });
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
const sessions = (path: string, query: string) =>
  reader.table(path, `metrics=started-sessions&limit=100000&${query}`).rows.map((row) => ({
    ...row,
    count: Number(row['started-sessions']),
    weekday: new Date(
      Date.UTC(Number(row['year']), Number(row['month']) - 1, Number(row['day'])),
    ).getUTCDay(),
  }));

test('evenings are the peak and nights the trough', () => {
  const rows = sessions('/year/month/day/hour', 'start=2026-10&end=2026-11');
  const at = (from: number, to: number) =>
    mean(
      rows
        .filter((row) => Number(row['hour' as never]) >= from && Number(row['hour' as never]) < to)
        .map(({ count }) => count),
    );
  assert.ok(at(19, 23) > 1.5 * at(9, 17));
  assert.ok(at(9, 17) > 2.5 * at(2, 5));
});

test('weekends differ from weekdays, for sports more than for news', () => {
  const ratio = (channel: string) => {
    const rows = sessions(
      '/year/month/day',
      `channel=${encodeURIComponent(channel)}&start=2026-09&end=2026-11`,
    );
    const weekend = rows.filter(({ weekday }) => weekday === 0 || weekday === 6);
    const middle = rows.filter(({ weekday }) => weekday === 2 || weekday === 3);
    return mean(weekend.map(({ count }) => count)) / mean(middle.map(({ count }) => count));
  };
  assert.ok(ratio('SummitSports Live') > 1.8);
  assert.ok(ratio('HarborTV News24') < 0.95);
});

test('it grows from year to year', () => {
  const [before, after] = ['2024-11', '2025-11'].map((start) =>
    sum(
      sessions('/year/month', `start=${start}&end=${start.replace(/-11$/, '-12')}`).map(({ count }) => count),
    ),
  );
  const growth = (after ?? 0) / (before ?? 1);
  assert.ok(growth > 1.05 && growth < 1.35, `${growth}`);
});

test('some days have a match that everybody watches', () => {
  const rows = sessions('/year/month/day', `channel=SummitSports+Live&start=2025-11&end=2026-11`);
  const counts = rows.map(({ count }) => count).sort((a, b) => a - b);
  const median = counts[Math.floor(counts.length / 2)] ?? 0;
  assert.ok((counts.at(-1) ?? 0) > 2.2 * median);
});

test('there are big and small MVPDs, platforms of every kind, and no months that jump', () => {
  const shares = sessions('/year/month/mvpd', 'start=2026-10&end=2026-11').map(({ count }) => count);
  assert.ok(Math.max(...shares) > 15 * Math.min(...shares));
  assert.equal(reader.table('/year', 'platform&start=2026').rows.length, 8);
  const days = sessions('/year/month/day', 'channel=Northlight+Prime&start=2026-06&end=2026-11');
  for (let i = 7; i < days.length; i++) {
    const change = (days[i]?.count ?? 0) / (days[i - 7]?.count ?? 1);
    assert.ok(change > 0.75 && change < 1.35, `${change} from one week to the next`);
  }
});

test('distinct users: few sessions are as many users, many are far fewer; the curve is concave', () => {
  assert.equal(distinctUsers(0, 1000), 0);
  assert.equal(distinctUsers(1, 1000), 1);
  assert.equal(distinctUsers(1, 0.001), 1);
  let before = Number.POSITIVE_INFINITY;
  for (let sessions = 1000; sessions < 100_000; sessions += 1000) {
    const gain = distinctUsers(sessions, 1000) - distinctUsers(sessions - 1000, 1000);
    assert.ok(gain <= before + 1 && gain >= 0);
    before = gain;
  }
});

test('distinct users of a whole lie between those of its largest part and the sum of those of its parts', () => {
  const sessions = fc.nat(2_000_000);
  fc.assert(
    fc.property(
      sessions,
      sessions,
      fc.double({ min: 0.01, max: 50_000, noNaN: true }),
      (one, other, size) => {
        const [first, second, whole] = [one, other, one + other].map((count) => distinctUsers(count, size));
        assert.ok((whole ?? 0) >= Math.max(first ?? 0, second ?? 0));
        assert.ok((whole ?? 0) <= (first ?? 0) + (second ?? 0));
      },
    ),
    { numRuns: 2000, seed: 5 },
  );
});

test('levels: everybody reaches the first, each further one fewer, and only with the streams to do so', () => {
  assert.deepEqual(usersByLevel(0.21, 6, 0, 0), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(usersByLevel(0.21, 6, 5, 5), [5, 0, 0, 0, 0, 0]);
  const levels = usersByLevel(0.34, 10, 10_000, 30_000);
  assert.equal(sum(levels), 10_000);
  assert.ok(levels.every((users, index) => index === 0 || users <= (levels[index - 1] ?? 0)));
});
