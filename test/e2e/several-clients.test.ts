import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';
import {
  brands,
  type ServiceOptions,
  type ServiceWorld,
  startServiceWorld,
} from '../support/service-world.ts';

const ABCD = ['a', 'b', 'c', 'd'] as const;

describe('Four clients, one with a revoked statement', () => {
  const start = async () => {
    const world = await startServiceWorld({
      statements: ABCD,
      yaml: brands(...ABCD),
      before: ({ control }) => void control.setApplication('c', { state: 'revoked' }),
    });
    await until(async () => (await world.admin('/readyz')).status === 200);
    return world;
  };

  test('the other three serve reports, the broken one says why it cannot', async () => {
    await using world = await start();
    for (const name of ['a', 'b', 'd']) {
      assert.equal((await world.get(`/${name}/cmu/v2/year/month`)).status, 200, name);
    }
    const refused = await world.get('/c/cmu/v2/year/month');
    assert.equal(refused.status, 503);
    const problem = Object(refused.json());
    assert.equal(problem.type, 'urn:cmu-proxy:problem:no-token');
    assert.equal(problem.code, 'invalid_software_statement');
  });

  test('status and metrics tell which, and why', async () => {
    await using world = await start();
    await world.get('/c/cmu/v2/year');
    const { clients, routes } = Object((await world.admin('/api/status')).json());
    assert.deepEqual(
      clients.map(({ name, ready }: { name: string; ready: boolean }) => [name, ready]),
      [
        ['a', true],
        ['b', true],
        ['c', false],
        ['d', true],
      ],
    );
    assert.equal(clients[2].token.state, 'unavailable');
    assert.equal(clients[2].token.lastFailure.code, 'invalid_software_statement');
    assert.equal(routes[2].client, 'c');
    const metrics = (await world.admin('/metrics')).text;
    assert.match(metrics, /^cmu_proxy_token_state\{client="c",state="unavailable"\} 1$/m);
    assert.match(metrics, /^cmu_proxy_token_state\{client="d",state="ready"\} 1$/m);
    assert.match(
      metrics,
      /^cmu_proxy_token_refreshes_total\{client="c",outcome="invalid_software_statement"\} 1$/m,
    );
    assert.match(metrics, /^cmu_proxy_route_info\{route="c",client="c",upstream="[^"]+\/cmu\/v2"\} 1$/m);
    assert.match(metrics, /^cmu_proxy_ready 1$/m);
  });

  test('the proxy is ready, names the one that is not, and tells of each alone', async () => {
    await using world = await start();
    for (const name of ABCD) await world.get(`/${name}/cmu/v2/year`);
    const all = await world.admin('/readyz');
    assert.equal(all.status, 200);
    assert.deepEqual(all.json(), {
      status: 'ready',
      reason: 'degraded',
      clients: [{ name: 'c', state: 'unavailable', code: 'invalid_software_statement' }],
    });
    assert.equal((await world.admin('/readyz?client=a')).status, 200);
    assert.equal((await world.admin('/readyz?client=c')).status, 503);
    assert.equal((await world.admin('/readyz?client=x')).status, 400);
    const foreign = await call(`${world.proxy.adminUrl}/readyz`, { headers: ['Host', 'evil.test'] });
    assert.deepEqual(foreign.json(), { status: 'ready', reason: 'degraded' });
  });

  test('a token is refreshed for the client that is named', async () => {
    await using world = await start();
    await world.get('/a/cmu/v2/year');
    const refresh = (query: string) =>
      call(`${world.proxy.adminUrl}/api/token/refresh${query}`, {
        method: 'POST',
        headers: ['X-Requested-With', 'test'],
      });
    assert.equal((await refresh('?client=a')).status, 200);
    assert.equal((await refresh('?client=c')).status, 503);
    const unsaid = await refresh('');
    assert.equal(unsaid.status, 400);
    assert.match(unsaid.text, /a, b, c, d/);
  });
});

describe('Clients side by side', () => {
  test('each sends its own token, and stored reports of one are never those of another', async () => {
    await using world = await startServiceWorld({
      statements: ['a', 'b'],
      yaml: brands('a', 'b'),
      sandbox: { tenants: ['one', 'two'] },
      before: ({ control }) => {
        control.setApplication('a', { tenants: ['one'] });
        control.setApplication('b', { tenants: ['two'] });
      },
    });
    const tenantsOf = async (name: string) => {
      const answer = await world.get(`/${name}/cmu/v2/year/month/day/tenant?limit=5`);
      assert.equal(answer.status, 200);
      return JSON.stringify(Object(answer.json()).report ?? []);
    };
    const [a, b] = [await tenantsOf('a'), await tenantsOf('b')];
    assert.notEqual(a, b);
    assert.deepEqual([await tenantsOf('a'), await tenantsOf('b')], [a, b]);
    assert.equal(world.sandbox.counts.report, 2);
    const sent = world.sandbox.requests().filter(({ kind }) => kind === 'report');
    const bearers = sent.map(({ headers }) => headers.find(([name]) => /^authorization$/i.test(name))?.[1]);
    assert.equal(new Set(bearers).size, 2);
  });

  test('the budget of DCR calls is one for all: Adobe counts by address', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await using world = await startServiceWorld({ statements: names, yaml: brands(...names) });
    await until(async () => (await world.admin('/readyz')).status === 200);
    assert.ok(world.sandbox.counts.token >= 5);
    assert.doesNotMatch((await world.admin('/metrics')).text, /outcome="throttled"\} [1-9]/);
  });

  test('a registration goes with its statement, however clients are called and in whatever order they come', async () => {
    await using world = await startServiceWorld({ statements: ['a', 'b'], yaml: brands('a', 'b') });
    for (const name of ['a', 'b']) await world.get(`/${name}/cmu/v2/year`);
    assert.equal(world.sandbox.counts.register, 2);
    const renamed = (one: string, other: string) => `
clients:
  - { name: ${one}, statementFile: DIR/a.txt }
  - { name: ${other}, statementFile: DIR/b.txt }
routes:
  - { name: one, prefix: /one/cmu/v2, client: ${one} }
  - { name: other, prefix: /other/cmu/v2, client: ${other} }
`;
    for (const [one, other] of [
      ['x', 'y'],
      ['y', 'x'],
      ['a', 'z'],
    ] as const) {
      await world.reload(renamed(one, other));
      for (const route of ['one', 'other']) {
        assert.equal((await world.get(`/${route}/cmu/v2/year?metrics=started-sessions`)).status, 200);
      }
      assert.deepEqual(world.logged('config.refused'), []);
    }
    assert.equal(world.sandbox.counts.register, 2);
  });
});

test('in a fleet each client has one registration and one token for all replicas', {
  skip: withoutRedis,
}, async () => {
  await using redis = await startRedis();
  await using first = await startServiceWorld(fleetOf(redis.url, 1));
  await using second = await startServiceWorld(fleetOf(redis.url, 2, first));
  for (const world of [first, second]) {
    for (const name of ['a', 'b']) assert.equal((await world.get(`/${name}/cmu/v2/year`)).status, 200);
  }
  assert.deepEqual([first.sandbox.counts.register, first.sandbox.counts.token], [2, 2]);
  const clientIds = async (world: ServiceWorld): Promise<string[]> =>
    Object((await world.admin('/api/status')).json()).clients.map(
      (client: { token: { registration: { clientId: string } } }) => client.token.registration.clientId,
    );
  assert.deepEqual(await clientIds(first), await clientIds(second));
});

/** A replica with a state folder of its own. */
const fleetOf = (redisUrl: string, replica: number, beside?: ServiceWorld): ServiceOptions => ({
  statements: ['a', 'b'],
  ...(beside === undefined ? {} : { beside }),
  yaml: `
listen: { port: 0 }
admin: { port: 0 }
dcr: { url: SANDBOX }
upstream: { url: SANDBOX }
state: { dir: DIR/state-${replica}, key: ${Buffer.alloc(32, 1).toString('base64')} }
redis: { url: '${redisUrl}' }
${brands('a', 'b')}`,
});
