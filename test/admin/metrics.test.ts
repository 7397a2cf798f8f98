import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { describe, test } from 'node:test';
import { type E2eWorld, startE2eWorld, until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';

const scrape = async (world: E2eWorld): Promise<string> =>
  (await call(`${world.proxy.adminUrl}/metrics`)).text;

const keepAliveAgent = () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
};

/** The value of a series, written as it is on the page. */
const figure = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((it) => it.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

/** Names and labels of our own series. */
const seriesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('cmu_proxy_'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .sort();

describe('/metrics', () => {
  test('counts requests by route, status class and cache outcome', async () => {
    await using world = await startE2eWorld();
    await world.get('/year/month');
    await world.get('/year/month');
    await world.get('/no/such/path');
    const text = await scrape(world);
    assert.equal(figure(text, 'cmu_proxy_requests_total{route="cmu",status="2xx",cache="miss"}'), 1);
    assert.equal(figure(text, 'cmu_proxy_requests_total{route="cmu",status="2xx",cache="hit"}'), 1);
    assert.equal(figure(text, 'cmu_proxy_requests_total{route="cmu",status="4xx",cache="miss"}'), 1);
    assert.equal(figure(text, 'cmu_proxy_upstream_requests_total{route="cmu",outcome="2xx"}'), 1);
    assert.equal(figure(text, 'cmu_proxy_upstream_duration_seconds_count{route="cmu"}'), 2);
    assert.equal(figure(text, 'cmu_proxy_requests_in_flight'), 0);
    assert.equal(
      figure(text, 'cmu_proxy_request_duration_seconds_bucket{le="+Inf",route="cmu",cache="hit"}'),
      1,
    );
    assert.ok((figure(text, 'cmu_proxy_response_bytes_total{route="cmu"}') ?? 0) > 100);
  });

  test('tells what the cache holds, in the figures of /api/cache', async () => {
    await using world = await startE2eWorld();
    await world.get('/year/month');
    await world.get('/year/month');
    const text = await scrape(world);
    const figures = Object(await (await call(`${world.proxy.adminUrl}/api/cache`)).json());
    assert.ok(figures.bytes > 500);
    assert.equal(figure(text, 'cmu_proxy_cache_bytes'), figures.bytes);
    assert.equal(figure(text, 'cmu_proxy_cache_entries'), 1);
    assert.equal(figure(text, 'cmu_proxy_cache_hits_total'), 1);
    assert.equal(figure(text, 'cmu_proxy_cache_misses_total'), 1);
    assert.equal(figure(text, 'cmu_proxy_cache_max_bytes'), 64 * 1024 * 1024);
  });

  test('tells the life of credentials and token', async () => {
    await using world = await startE2eWorld({ sandbox: { tokenLifetime: 3600 } });
    await world.get('/year');
    const text = await scrape(world);
    const client = '{client="default"}';
    assert.equal(figure(text, `cmu_proxy_registrations_total${client}`), 1);
    assert.equal(figure(text, 'cmu_proxy_token_refreshes_total{client="default",outcome="ok"}'), 1);
    assert.equal(figure(text, 'cmu_proxy_token_state{client="default",state="ready"}'), 1);
    assert.equal(figure(text, 'cmu_proxy_token_state{client="default",state="degraded"}'), 0);
    assert.equal(
      figure(text, 'cmu_proxy_dcr_requests_total{client="default",operation="token",outcome="ok"}'),
      1,
    );
    const expiry = figure(text, `cmu_proxy_token_expiry_timestamp_seconds${client}`) ?? 0;
    assert.ok(Math.abs(expiry - Date.now() / 1000 - 3600) < 60, `${expiry}`);
    assert.ok((figure(text, `cmu_proxy_token_age_seconds${client}`) ?? -1) >= 0);
    assert.equal(figure(text, 'cmu_proxy_ready'), 1);
  });

  test('counts throttled DCR calls and failed refreshes by reason', async () => {
    await using world = await startE2eWorld({
      before: (sandbox) => sandbox.control.answerStatus(429, { on: 'register' }),
    });
    await until(
      async () => (figure(await scrape(world), 'cmu_proxy_dcr_throttled_total{client="default"}') ?? 0) > 0,
    );
    const text = await scrape(world);
    assert.ok(
      (figure(text, 'cmu_proxy_token_refreshes_total{client="default",outcome="throttled"}') ?? 0) > 0,
    );
    assert.equal(figure(text, 'cmu_proxy_ready'), 0);
  });

  test('gains no series from a thousand distinct paths', async () => {
    await using world = await startE2eWorld({ settings: { UPSTREAM_MAX_REQUESTS_PER_SECOND: '0' } });
    using agent = keepAliveAgent();
    for (const path of ['/year', '/no/such', '/year/month?x=%zz', '/year?mvpd=A']) await world.get(path);
    const before = await scrape(world);
    for (let batch = 0; batch < 10; batch++) {
      const paths = Array.from({ length: 100 }, (_, i) => `/no/such/${batch}/${i}?x=${i}`);
      await Promise.all(paths.map((path) => call(world.url + path, { agent })));
    }
    const after = await scrape(world);
    assert.deepEqual(seriesOf(after), seriesOf(before));
    const refused = 'cmu_proxy_requests_total{route="cmu",status="4xx",cache="miss"}';
    assert.equal((figure(after, refused) ?? 0) - (figure(before, refused) ?? 0), 1_000);
  });

  test('names metrics as OpenMetrics has it: help for each, base units, `_total` for counters', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    const text = await scrape(world);
    const types = [...text.matchAll(/^# TYPE (cmu_proxy_\S+) (\S+)$/gm)];
    assert.ok(types.length >= 30, `${types.length}`);
    for (const [, name = '', type = ''] of types) {
      assert.match(text, new RegExp(`^# HELP ${name} \\S`, 'm'));
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.doesNotMatch(name, /_(?:ms|milliseconds|kb|percent)(?:_|$)/);
    }
    assert.match(text, /^nodejs_eventloop_lag_p99_seconds \d/m);
    assert.match(text, /^process_resident_memory_bytes \d/m);
    assert.match(text, /^cmu_proxy_build_info\{version="[^"]+",node="v\d+/m);
  });

  test('has exactly the metrics that docs/admin.md lists', async () => {
    await using world = await startE2eWorld();
    const exposed = [...(await scrape(world)).matchAll(/^# TYPE (cmu_proxy_\S+)/gm)].map(([, name]) => name);
    const page = await readFile(new URL('../../docs/admin.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\* `(cmu_proxy_\w+)`/gm)].map(([, name]) => name);
    assert.deepEqual(exposed.toSorted(), listed.toSorted());
  });

  test('tells no secret', async () => {
    await using world = await startE2eWorld();
    await world.get('/year');
    const status = Object(await world.status());
    assert.doesNotMatch(await scrape(world), new RegExp(`${status.token.registration.clientId}|eyJ`));
  });
});
