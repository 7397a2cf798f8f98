import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { startE2eWorld } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { runServe } from '../support/running-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

test('500 first calls cost one registration and one token request; 1,000 calls for one report cost one request', async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const sandbox = await startTestSandbox({ latency: { dcr: 300, report: 200 } });
  opened.defer(() => sandbox.close());
  const settings = {
    LISTEN_PORT: '0',
    ADMIN_PORT: '0',
    LOG_LEVEL: 'info',
    DCR_URL: sandbox.url,
    UPSTREAM_URL: sandbox.url,
    STATE_DIR: folder.path,
    SOFTWARE_STATEMENT: await sandbox.statement(),
  };
  // In a process of its own, so that five hundred callers do not take its time.
  const { url } = opened.use(await runServe({ settings }));
  const first = await Promise.all(
    Array.from({ length: 500 }, (_, i) => call(`${url}/year/month?limit=${1 + (i % 50)}`)),
  );
  assert.deepEqual(new Set(first.map(({ status }) => status)), new Set([200]));
  const { register, token, throttled, unauthorized } = sandbox.counts;
  assert.deepEqual(
    { register, token, throttled, unauthorized },
    { register: 1, token: 1, throttled: 0, unauthorized: 0 },
  );

  const before = sandbox.counts.report;
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  opened.defer(() => agent.destroy());
  const bodies = new Set<string>();
  for (let round = 0; round < 5; round++) {
    const calls = Array.from({ length: 200 }, () => call(`${url}/year/month/day/tenant`, { agent }));
    for (const { status, text } of await Promise.all(calls)) {
      assert.equal(status, 200);
      bodies.add(text);
    }
  }
  assert.deepEqual([sandbox.counts.report - before, bodies.size], [1, 1]);
});

test('the token is fetched at the start, before anybody calls', async () => {
  await using world = await startE2eWorld();
  for (;;) {
    const ready = await call(`${world.proxy.adminUrl}/readyz`);
    if (ready.status === 200) break;
  }
  assert.deepEqual([world.sandbox.counts.register, world.sandbox.counts.token], [1, 1]);
});

test('the root report is had in every format, by extension as well', async () => {
  await using world = await startE2eWorld();
  for (const [extension, type] of [
    ['', 'application/json'],
    ['.json', 'application/json'],
    ['.csv', 'text/csv'],
    ['.xml', 'application/xml'],
  ] as const) {
    const answer = await world.get(extension);
    assert.deepEqual([answer.status, answer.header('content-type')?.split(';')[0]], [200, type], extension);
  }
});
