import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { startE2eWorld } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';

test('500 callers at once, at the very start, cause one registration and one token request', async () => {
  await using world = await startE2eWorld({ sandbox: { latency: { dcr: 100 } } });
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) => world.get(`/year/month?limit=${1 + (i % 50)}`)),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const { register, token, throttled, unauthorized } = world.sandbox.counts;
  assert.deepEqual(
    { register, token, throttled, unauthorized },
    { register: 1, token: 1, throttled: 0, unauthorized: 0 },
  );
});

test('the token is fetched at the start, before anybody calls', async () => {
  await using world = await startE2eWorld();
  for (;;) {
    const ready = await call(`${world.proxy.adminUrl}/readyz`);
    if (ready.status === 200) break;
  }
  assert.deepEqual([world.sandbox.counts.register, world.sandbox.counts.token], [1, 1]);
});

test('1,000 calls for one report, 200 at once, are one request upstream and 1,000 identical answers', async () => {
  await using world = await startE2eWorld({ sandbox: { latency: { report: 200 } } });
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const bodies = new Set<string>();
  const statuses = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => call(`${world.url}/year/month/day/tenant`, { agent })),
    );
    for (const { status, text } of answers) {
      statuses.add(status);
      bodies.add(text);
    }
  }
  agent.destroy();
  assert.equal(world.sandbox.counts.report, 1);
  assert.deepEqual([...statuses], [200]);
  assert.equal(bodies.size, 1);
});
