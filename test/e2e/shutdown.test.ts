import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startE2eWorld } from '../support/e2e-world.ts';
import { begin, call } from '../support/http-client.ts';
import { startUpstream } from '../support/scripted-upstream.ts';

test('an answer under way is finished whole, and its connection, promised to be kept, does not hold the stop up', async () => {
  const rest = Promise.withResolvers<void>();
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', '8']);
    response.write('half');
    void rest.promise.then(() => response.end('half'));
  });
  await using world = await startE2eWorld({ settings: { UPSTREAM_URL: upstream.url.origin } });
  const agent = new Agent({ keepAlive: true });
  const { response } = await begin(`${world.url}/year`, { agent });
  assert.equal(response.headers.connection, 'keep-alive');
  const closing = world.proxy.close(30_000);
  rest.resolve();
  assert.equal(await text(response), 'halfhalf');
  await closing;
  assert.doesNotMatch(world.log(), /shutdown\.grace-over/);
  await assert.rejects(call(`${world.url}/year`), { code: 'ECONNREFUSED' });
  agent.destroy();
});

test('a request that still waits for its answer when stopping begins is answered, and told that its connection ends', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using upstream = await startUpstream((response) => {
    asked.resolve();
    void answer.promise.then(() => response.end('late'));
  });
  await using world = await startE2eWorld({ settings: { UPSTREAM_URL: upstream.url.origin } });
  const agent = new Agent({ keepAlive: true });
  const caller = begin(`${world.url}/year`, { agent });
  await asked.promise;
  const closing = world.proxy.close(60_000);
  answer.resolve();
  const { response } = await caller;
  assert.equal(response.headers.connection, 'close');
  assert.equal(await text(response), 'late');
  await closing;
  agent.destroy();
});

for (const accelerator of ['true', 'false']) {
  test(`a kept connection that is idle when stopping begins has one more request answered (accelerator: ${accelerator})`, async () => {
    await using world = await startE2eWorld({ settings: { LISTEN_ACCELERATOR: accelerator } });
    const agent = new Agent({ keepAlive: true });
    const first = await begin(`${world.url}/year`, { agent });
    await text(first.response);
    const closing = world.proxy.close(30_000);
    const { response } = await begin(`${world.url}/year`, { agent });
    assert.deepEqual([response.statusCode, response.headers.connection], [200, 'close']);
    await text(response);
    await closing;
    agent.destroy();
  });
}

for (const accelerator of ['true', 'false']) {
  test(`a stop with a delay is unready at once, takes callers until it is over, and ends those connections that are open with their next answers (accelerator: ${accelerator})`, async () => {
    await using world = await startE2eWorld({ settings: { LISTEN_ACCELERATOR: accelerator } });
    const agent = new Agent({ keepAlive: true });
    const first = await begin(`${world.url}/year`, { agent });
    assert.equal(first.response.headers.connection, 'keep-alive');
    await text(first.response);
    const closing = world.proxy.close(30_000, 2_000);
    assert.equal((await call(`${world.proxy.adminUrl}/readyz`)).status, 503);
    // Whoever comes back here all the same finds no other yet.
    for (const connection of ['close', 'keep-alive']) {
      const { response } = await begin(`${world.url}/year`, { agent });
      assert.deepEqual([response.statusCode, response.headers.connection], [200, connection]);
      await text(response);
    }
    await closing;
    await assert.rejects(world.get('/year'), { code: 'ECONNREFUSED' });
    agent.destroy();
  });
}
