import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startE2eWorld, until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';

const REPORT = '/year/month?metrics=active-users';

test('two proxies with a Redis in common register once, fetch each report once, and one empties what they share', {
  skip: withoutRedis,
}, async () => {
  await using redis = await startRedis();
  const settings = {
    REDIS_URL: redis.url,
    REDIS_REPORTS_MAX_ENTRY_BYTES: '1048576',
    REDIS_REPORTS_LOOKUP_MS: '5000',
    STATE_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
  await using one = await startE2eWorld({ settings });
  const { sandbox } = one;
  await using other = await startE2eWorld({
    settings: {
      ...settings,
      DCR_URL: sandbox.url,
      UPSTREAM_URL: sandbox.url,
      // Made anew in another second it would be another one.
      SOFTWARE_STATEMENT: one.statement,
    },
  });
  const shared = async () => redis.inside.keys('cmu-proxy:*:report');

  const fetched = await one.get(REPORT);
  await until(async () => (await shared()).length === 1);
  const taken = await other.get(REPORT);
  assert.equal(taken.text, fetched.text);
  assert.match(
    taken.header('cache-status') ?? '',
    /^cmu-proxy-shared; hit; ttl=\d+, cmu-proxy; fwd=uri-miss; /,
  );
  assert.deepEqual([sandbox.counts.register, sandbox.counts.token, sandbox.counts.report], [1, 1, 1]);

  const metrics = await (await call(`${other.proxy.adminUrl}/metrics`)).text;
  assert.match(metrics, /^cmu_proxy_shared_report_looks_total\{outcome="hit"\} 1$/m);
  assert.match(metrics, /^cmu_proxy_requests_total\{route="cmu",status="2xx",cache="shared"\} 1$/m);

  const purged = await call(`${other.proxy.adminUrl}/api/cache`, {
    method: 'DELETE',
    headers: ['X-Requested-With', 'test'],
  });
  assert.deepEqual(await purged.json(), { purged: 1, shared: true });
  await other.get(REPORT);
  assert.equal(sandbox.counts.report, 2);
});
