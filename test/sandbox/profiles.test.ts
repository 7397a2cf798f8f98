import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report, sandboxFor } from './client.ts';
import { NOW, reportReader } from './report-reader.ts';

const seen = reportReader();
const documented = reportReader({ profile: 'documented' });

test('links have a name as seen, and a path alone as documented', () => {
  const rollUp = (reader: typeof seen) => JSON.parse(reader.ask('/cmu/v2/year/month').text)._links['roll-up'];
  assert.deepEqual(rollUp(seen), { href: '/cmu/v2/year', name: 'year' });
  assert.deepEqual(rollUp(documented), { href: '/cmu/v2/year' });
});

test('the header row of a CSV has capitals on one page', () => {
  const header = (reader: typeof seen) =>
    reader.ask('/cmu/v2/year/month.csv?metrics=users').text.split('\n')[0];
  assert.deepEqual([header(seen), header(documented)], ['year,month,users', 'Year,Month,Users']);
});

test('a day report begins with its month as seen, also on the last instant of one', () => {
  const start = (at: number) => {
    const { text } = reportReader({ now: at }).ask('/cmu/v2/year/month/day');
    return /start=([^&]*)/.exec(JSON.parse(text)._links.self.href)?.[1];
  };
  assert.equal(start(NOW), '2026-11-01T00:00:00');
  assert.equal(start(Date.UTC(2026, 11, 1, 5)), '2026-12-01T00:00:00');
  assert.equal(start(Date.UTC(2026, 11, 1)), '2026-11-01T00:00:00', 'an end is exclusive');
});

test('bstreams count each stretch of minutes that a stream began', () => {
  const names = [15, 30, 45, 60, 75, 90, 105, 120].map((minutes) => `bstreams-${minutes}`);
  const query = `start=2026-10&end=2026-11&metrics=active-sessions,${names.join(',')}`;
  const [row = {}] = seen.table('/year/month', query).rows;
  const counts = names.map((name) => Number(row[name]));
  const sorted = counts.toSorted((a, b) => b - a);
  assert.deepEqual(counts, sorted, 'longer stretches are fewer');
  assert.ok((counts.at(-1) ?? 0) >= Number(row['active-sessions']), 'each stream began one');
  assert.ok((counts[0] ?? 0) < 20 * Number(row['active-sessions']));
});

test('duration and occurrences are histograms of the same users, by hour too', () => {
  for (const time of ['year/month/day', 'year/month/day/hour']) {
    const query = 'start=2026-11-20&end=2026-11-21&limit=100000';
    const users = (path: string) =>
      seen
        .table(`/${time}${path}`, query)
        .rows.reduce((sum, row) => sum + Number(row['users'] ?? row['active-users']), 0);
    const all = users('');
    for (const path of ['/duration', '/occurrences', '/duration/occurrences'])
      assert.ok(Math.abs(users(path) - all) <= all * 0.05, `${time}${path}: ${users(path)} of ${all}`);
  }
  const { columns, rows } = seen.table('/year/duration/occurrences', 'start=2026');
  assert.deepEqual(columns, ['year', 'duration', 'occurrences', 'users']);
  assert.deepEqual(
    rows.slice(0, 2).map(({ duration, occurrences }) => [duration, occurrences]),
    [
      ['15', '1'],
      ['15', '2'],
    ],
  );
  assert.equal(documented.ask('/cmu/v2/year/duration').status, 404);
});

test('the odd dates of the documentation are taken', () => {
  const rows = (start: string) => seen.table('/year/month', `start=${start}`).rows.length;
  assert.equal(rows('2026-09-01:00:00:00'), 3);
  assert.equal(rows(String(Date.UTC(2026, 8, 1))), 3);
});

test('the filter of a caller who sees some tenants only is implied, and in the self link', async (t) => {
  const sandbox = await sandboxFor(t, { now: () => NOW });
  sandbox.control.setApplication('northern', { tenants: ['North'] });
  const token = await sandbox.accessToken('northern');
  const self = async (path: string) =>
    ((await report(sandbox, path, { token })).json['_links'] as { self: { href: string } }).self.href;
  assert.match(await self('/cmu/v2/mvpd'), /^\/cmu\/v2\/mvpd\?tenant=North&limit=/);
  assert.match(await self('/cmu/v2/mvpd?tenant!=South'), /\?tenant=North&tenant!=South&limit=/);
  assert.match(await self('/cmu/v2/mvpd?tenant=North'), /\?tenant=North&limit=/);
  assert.match(await self('/esm/v3/media-company/year'), /\?media-company=North&start=/);
});

test('the profile can be changed while it runs', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  assert.equal((await report(sandbox, '/cmu/v2/year/duration', { token })).status, 200);
  sandbox.control.setVariants({ profile: 'documented' });
  assert.equal((await report(sandbox, '/cmu/v2/year/duration', { token })).status, 404);
});
