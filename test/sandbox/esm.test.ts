import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report, sandboxFor } from './client.ts';
import { NOW, reportReader } from './report-reader.ts';

const reader = reportReader();
const MEDIA = '/esm/v3/media-company';

test('its dimensions have texts for values, and its metrics are those of entitlements', () => {
  const query = 'start=2026-11-20&end=2026-11-21&limit=3';
  const { columns, rows } = reader.table(
    `${MEDIA}/year/month/day/requestor-id/platform/application-name/api`,
    query,
  );
  assert.deepEqual(columns.slice(0, 8), [
    'media-company',
    'year',
    'month',
    'day',
    'requestor-id',
    'platform',
    'application-name',
    'api',
  ]);
  assert.ok(columns.includes('authz-attempts') && columns.includes('unique-accounts'));
  assert.equal(columns.includes('active-users'), false);
  assert.match(rows[0]?.['requestor-id'] ?? '', /^north-/);
  assert.equal(reader.ask(`${MEDIA}/year?metrics=active-users`).status, 400);
  assert.equal(reader.ask('/esm/v3/year').status, 404);
});

test('unique accounts are there by day alone', () => {
  const columns = (time: string) => reader.table(`${MEDIA}/${time}`, 'limit=1').columns;
  assert.ok(columns('year/month/day').includes('unique-accounts'));
  assert.equal(columns('year/month').includes('unique-accounts'), false);
  assert.equal(columns('year/month/day/hour').includes('unique-accounts'), false);
});

test('within each row the metrics fit each other', () => {
  const { rows } = reader.table(
    `${MEDIA}/year/month/day/requestor-id/mvpd`,
    'start=2026-11-20&end=2026-11-21',
  );
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const of = (name: string) => Number(row[name]);
    assert.equal(of('authz-successful') + of('authz-failed') + of('authz-rejected'), of('authz-attempts'));
    assert.equal(of('authn-pending') + of('authn-failed'), of('authn-attempts'));
    assert.ok(of('authn-successful') <= of('authn-pending') && of('media-tokens') <= of('authz-successful'));
    assert.ok(of('authz-latency') >= 60 * of('authz-attempts'));
    assert.ok(of('unique-accounts') <= of('unique-sessions'));
  }
});

test('events and reasons are counted by name', () => {
  const query = 'start=2026-11-20&end=2026-11-21&requestor-id=north-prime';
  const { columns, rows } = reader.table(`${MEDIA}/year/month/day/requestor-id/event`, query);
  assert.deepEqual(columns.slice(-2), ['event', 'count']);
  const events = new Map(rows.map((row) => [row['event'], Number(row['count'])]));
  const [totals = {}] = reader.table(`${MEDIA}/year/month/day/requestor-id`, query).rows;
  assert.equal(events.get('authz_success'), Number(totals['authz-successful']));
  assert.deepEqual([...events.keys()], [...events.keys()].toSorted());
  const reasons = reader.table(`${MEDIA}/year/month/day/requestor-id/reason`, query).rows;
  const failed = reasons.reduce((sum, row) => sum + Number(row['count']), 0);
  assert.equal(failed, Number(totals['authn-failed']) + Number(totals['authz-failed']));
});

test('its times are PST: a day begins at 08:00 UTC', () => {
  const total = (path: string, query: string) =>
    reader.table(path, query).rows.reduce((sum, row) => sum + Number(row['authz-attempts']), 0);
  const day = total(`${MEDIA}/year/month/day`, 'start=2026-11-10&end=2026-11-11&metrics=authz-attempts');
  const same = total(
    `${MEDIA}/year/month/day`,
    'start=2026-11-10T08:00Z&end=2026-11-11T08:00Z&metrics=authz-attempts',
  );
  assert.equal(day, same);
  const sessions = reader.table(
    '/tenant/year/month/day/hour',
    'start=2026-11-10T08&end=2026-11-11T08&limit=100&metrics=active-sessions,failed-attempts',
  );
  const attempts = sessions.rows.reduce(
    (sum, row) => sum + Number(row['active-sessions']) + Number(row['failed-attempts']),
    0,
  );
  assert.equal(day, attempts, 'CMU counts the same attempts, in UTC');
  const self = JSON.parse(reader.ask(`${MEDIA}/year/month/day/hour/minute`).text)._links.self.href;
  assert.match(self, /start=2026-11-23T23:30:00&end=2026-11-24T00:30:15/);
});

test('a CSV is named esm__, after the local dates', () => {
  const { headers } = reader.ask(`${MEDIA}/year.csv?start=2026-07-20&end=2026-08-20`);
  assert.equal(headers['content-disposition'], 'attachment; filename=esm__2026-07-20_2026-08-20_1000.csv');
});

test('Last-Modified is when a report was computed, answers conditions, and is absent in real time', async (t) => {
  let now = NOW;
  const sandbox = await sandboxFor(t, { now: () => now });
  const token = await sandbox.accessToken();
  const get = (time: string, since?: string) =>
    report(sandbox, `${MEDIA}/${time}?end=2026-12`, {
      token,
      headers: since === undefined ? {} : { 'if-modified-since': since },
    });
  const first = await get('year/month/day');
  const modified = first.headers.get('last-modified') ?? '';
  assert.equal(modified, 'Tue, 24 Nov 2026 06:00:00 GMT');
  assert.equal(
    (await get('year/month/day/hour')).headers.get('last-modified'),
    'Tue, 24 Nov 2026 08:00:00 GMT',
  );
  assert.equal((await get('year/month/day/hour/minute')).headers.get('last-modified'), null);
  now += 20 * 60_000;
  const again = await get('year/month/day', modified);
  assert.deepEqual([again.status, again.text], [304, '']);
  assert.equal((await get('year/month/day')).text, first.text, 'nothing changed meanwhile');
  now += 3 * 3_600_000;
  const later = await get('year/month/day', modified);
  assert.equal(later.status, 200);
  assert.notEqual(later.text, first.text);
});

test('as documented, the root links to /v3, which is served', async (t) => {
  const sandbox = await sandboxFor(t, { profile: 'documented' });
  const token = await sandbox.accessToken();
  const links = (await report(sandbox, '/esm/v3', { token })).json['_links'] as Record<
    string,
    { href: string }
  >;
  assert.equal(links['drill-down']?.href, '/v3/media-company');
  const followed = await report(sandbox, '/v3/media-company', { token });
  assert.equal(followed.text, (await report(sandbox, '/esm/v3/media-company', { token })).text);
});
