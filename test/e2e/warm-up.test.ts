import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startE2eWorld, until } from '../support/e2e-world.ts';

test('configured reports are in the cache before anybody asks; one that cannot be is told of once', async () => {
  const reports = [
    { path: '/cmu/v2/year/month?metrics=active-users,started-sessions' },
    { path: '/cmu/v2/no/such/path' },
    { path: '/cmu/v2/year', accept: 'text/csv' },
  ];
  await using world = await startE2eWorld({
    settings: {
      CACHE_WARM_UP_REPORTS: JSON.stringify(reports),
      CACHE_WARM_UP_REQUESTS_PER_MINUTE: '6000',
    },
  });
  await until(() => world.sandbox.counts.report === 3);
  const month = await world.get('/year/month?metrics=active-users,started-sessions');
  const year = await world.get('/year', ['Accept', 'text/csv']);
  for (const answer of [month, year]) {
    assert.match(answer.header('cache-status') ?? '', /^cmu-proxy; (hit|fwd=uri-miss.*; collapsed)/);
  }
  assert.equal(year.header('content-type')?.startsWith('text/csv'), true);
  assert.equal(world.sandbox.counts.report, 3);
  const failures = world
    .log()
    .split('\n')
    .filter((line) => line.includes('warm-up.failed'));
  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? '', /"report":"\/cmu\/v2\/no\/such\/path","reason":"status-404"/);
});
