import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call } from '../support/http-client.ts';
import { type ServiceWorld, startServiceWorld } from '../support/service-world.ts';

const CMU = '/cmu/v2/year/month';
const ESM = '/esm/v3/media-company/year/month';

/** Both APIs with one client, and nothing stored, so that each call is a request. */
const BOTH = `
softwareStatementFile: DIR/a.txt
cache: { maxBytes: 0 }
routes:
  - { name: cmu }
  - { name: esm, prefix: /esm/v3, upstream: { prefix: /esm/v3 } }
`;

const start = (more: Partial<Parameters<typeof startServiceWorld>[0]> = {}): Promise<ServiceWorld> =>
  startServiceWorld({ statements: ['a'], yaml: BOTH, ...more });

const statuses = async (world: ServiceWorld, path: string, times: number): Promise<number[]> => {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) seen.push((await world.get(path)).status);
  return seen;
};

describe('A young token', () => {
  test('that the API does not know yet is sent once more, and no other is fetched', async () => {
    await using world = await start({ sandbox: { tokenLag: 700 } });
    assert.equal((await world.get(CMU)).status, 200);
    assert.deepEqual([world.sandbox.counts.register, world.sandbox.counts.token], [1, 1]);
  });

  test('is spared callers while a proven one serves', async () => {
    await using world = await start();
    assert.equal((await world.get(CMU)).status, 200);
    world.sandbox.control.setVariants({ tokenLag: 60_000 });
    world.sandbox.control.shiftClock(61_000);
    const refresh = { method: 'POST', headers: ['X-Requested-With', 'test'] };
    assert.equal((await call(`${world.proxy.adminUrl}/api/token/refresh`, refresh)).status, 200);
    assert.deepEqual(await statuses(world, CMU, 3), [200, 200, 200]);
    assert.equal(world.sandbox.counts.token, 2);
  });
});

describe("One route's refusal", { concurrency: true }, () => {
  for (const as of ['unauthorized', 'invalid_token', 'forbidden', 'insufficient_scope'] as const) {
    test(`changes nothing for the other: ${as}`, async () => {
      await using world = await start();
      assert.equal((await world.get(CMU)).status, 200);
      world.sandbox.control.refuse(as, { path: '/esm/v3' });
      for (let i = 0; i < 4; i++) {
        const esm = await world.get(ESM);
        assert.ok([401, 403].includes(esm.status), `${esm.status}`);
        assert.deepEqual(await statuses(world, CMU, 3), [200, 200, 200]);
      }
      const { register, token } = world.sandbox.counts;
      assert.equal(register, 1);
      assert.ok(token <= 2, `${token} token requests`);
      assert.equal((await world.admin('/readyz')).status, 200);
    });
  }

  test('is over as soon as the API takes the token', async () => {
    await using world = await start();
    await world.get(CMU);
    const undo = world.sandbox.control.refuse('unauthorized', { path: '/esm/v3' });
    assert.equal((await world.get(ESM)).status, 401);
    undo();
    assert.equal((await world.get(ESM)).status, 200);
  });
});

test('A token endpoint that knows no client leads to no series of registrations', async () => {
  await using world = await start({
    before: ({ control }) => {
      control.answerStatus(400, { on: 'token', body: '{"error":"invalid_client"}' });
    },
  });
  for (const status of await statuses(world, CMU, 20)) assert.equal(status, 503);
  assert.ok(world.sandbox.counts.register <= 2, `${world.sandbox.counts.register} registrations`);
  assert.match((await world.get(CMU)).text, /invalid_client/);
  assert.equal((await world.admin('/readyz')).status, 503);
});

describe('What the API says', { concurrency: true }, () => {
  test('of a scope is in the problem, in the log with code and trace, and costs no token', async () => {
    await using world = await start();
    world.sandbox.control.refuse('insufficient_scope', { path: '/esm/v3' });
    const answer = await world.get(ESM);
    assert.equal(answer.status, 403);
    const { type, scope } = Object(answer.json());
    assert.deepEqual([type, scope], ['urn:cmu-proxy:problem:missing-scope', 'analytics:client']);
    assert.deepEqual(
      world.logged('api.refused').map(({ meaning, scope, route, act }) => [meaning, scope, route, act]),
      [['scope', 'analytics:client', 'esm', 'pass-on']],
    );
    await world.get(ESM);
    assert.equal(world.logged('api.refused').length, 1, 'once for each place');
    assert.equal(world.sandbox.counts.token, 1);
  });

  for (const as of ['invalid_client', 'application_registration'] as const) {
    test(`of the client (${as}) leads to exactly one registration, which the callers do not notice`, async () => {
      await using world = await start();
      assert.equal((await world.get(CMU)).status, 200);
      world.sandbox.control.forgetClients(as);
      assert.deepEqual(await statuses(world, CMU, 5), [200, 200, 200, 200, 200]);
      assert.equal(world.sandbox.counts.register, 2);
      const [refused] = world.logged('api.refused');
      assert.equal(refused?.['meaning'], 'client');
      if (as === 'application_registration') assert.match(String(refused?.['trace']), /./);
    });
  }

  test('of every client leads to one registration, not to one after the other', async () => {
    await using world = await start();
    assert.equal((await world.get(CMU)).status, 200);
    world.sandbox.control.refuse('invalid_client', { path: '/cmu/v2' });
    for (const status of await statuses(world, CMU, 6)) assert.equal(status, 401);
    assert.equal(world.sandbox.counts.register, 2);
    assert.equal((await world.get(ESM)).status, 200);
  });
});
