import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Effects, systemEffects } from '../../../src/base/effects.ts';
import { milliseconds } from '../../../src/base/units.ts';
import type { FleetStore } from '../../../src/oauth/fleet/redis-fleet-store.ts';
import { SharedStoreError } from '../../../src/redis/redis-link.ts';
import type { Sandbox } from '../../../src/sandbox/index.ts';
import { patience, type Replica, type ReplicaOptions, startReplica } from '../../support/fleet-world.ts';
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis-server.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { startTestSandbox } from '../../support/test-sandbox.ts';

/** The lease of those who die or stall: its end is waited for in real time. */
const SHORT = milliseconds(300);

interface World {
  readonly redis: RedisServer;
  readonly sandbox: Sandbox;
  /** Starts a replica; closed with the world. */
  replica(more?: Partial<ReplicaOptions>): Promise<Replica>;
}

async function inWorld(use: (world: World) => Promise<void>, redisOptions: readonly string[] = []) {
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis(redisOptions));
  const sandbox = await startTestSandbox();
  opened.defer(() => sandbox.close());
  const statement = await sandbox.statement();
  const replica = async (more: Partial<ReplicaOptions> = {}) =>
    opened.use(
      await startReplica({ redisUrl: redis.url, dcrUrl: sandbox.url, statement, replicas: 1000, ...more }),
    );
  await use({ redis, sandbox, replica });
}

const bearerOf = async (replica: Replica) => (await replica.tokens.token(patience())).authorization.reveal();

const allBearers = async (replicas: readonly Replica[]) => new Set(await Promise.all(replicas.map(bearerOf)));

const calls = ({ counts }: Sandbox) => [counts.register, counts.token, counts.throttled];

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    assert.ok(turn < 500, 'it did not come to pass');
    await sleep(10);
  }
}

/** A replica whose process ends at a step: nothing that it does after it arrives. */
function dyingAt(step: Step) {
  let die = () => {};
  let dead = false;
  const death = new SharedStoreError('This replica is dead');
  const end = () => {
    dead = true;
    die();
  };
  const wrap = (store: FleetStore): FleetStore => ({
    ...store,
    async read(binding) {
      if (dead) throw death;
      return store.read(binding);
    },
    async claim(binding) {
      const claim = await store.claim(binding);
      if (step === 'with the lease') end();
      if (dead) throw death;
      return claim;
    },
    async renew(lease) {
      return !dead && store.renew(lease);
    },
    async save(lease, state) {
      const what = state.token === undefined ? 'registered' : 'with a token';
      if (step === what) end();
      if (dead) throw death;
      const outcome = await store.save(lease, state);
      if (step === `${what} and shared`) end();
      return outcome;
    },
    async release(lease, failure) {
      if (dead) throw death;
      await store.release(lease, failure);
    },
  });
  return {
    wrap,
    onDeath: (then: () => void) => {
      die = then;
    },
    isDead: () => dead,
  };
}

type Step =
  | 'with the lease'
  | 'registered'
  | 'registered and shared'
  | 'with a token'
  | 'with a token and shared';

const CRASHES: readonly (readonly [Step, number, number])[] = [
  ['with the lease', 1, 1],
  // What nobody has heard of is lost with it.
  ['registered', 2, 1],
  ['registered and shared', 1, 1],
  ['with a token', 1, 2],
  ['with a token and shared', 1, 1],
];

// Each has a Redis and a sandbox of its own, and waits more than it works.
describe('replicas that share a store', { concurrency: 6, skip: withoutRedis }, () => {
  test('thirty replicas that start together register once and get one token', () =>
    inWorld(async ({ replica, sandbox }) => {
      const fleet = await Promise.all(Array.from({ length: 30 }, () => replica()));
      assert.equal((await allBearers(fleet)).size, 1);
      assert.deepEqual(calls(sandbox), [1, 1, 0]);
    }));

  test('replicas whose token must be replaced at the same moment get one between them', () =>
    inWorld(async ({ replica, sandbox }) => {
      const fleet = await Promise.all(Array.from({ length: 10 }, () => replica()));
      const before = await allBearers(fleet);
      await Promise.all(fleet.map(({ tokens }) => tokens.refresh()));
      const afterwards = await allBearers(fleet);
      assert.equal(afterwards.size, 1);
      for (const bearer of afterwards) assert.ok(!before.has(bearer));
      assert.deepEqual(calls(sandbox), [1, 2, 0]);
    }));

  test('a token that the API refuses to all of them is replaced once, and never taken up again', () =>
    inWorld(async ({ replica, sandbox }) => {
      const fleet = await Promise.all(Array.from({ length: 10 }, () => replica()));
      const before = await allBearers(fleet);
      const refused = fleet.map(({ tokens }) => {
        const token = tokens.current();
        assert.ok(token);
        return tokens.successor(token, { proven: true, newClient: false });
      });
      await Promise.all(refused);
      const afterwards = await allBearers(fleet);
      assert.equal(afterwards.size, 1);
      for (const bearer of afterwards) assert.ok(!before.has(bearer));
      assert.deepEqual(calls(sandbox), [1, 2, 0]);
    }));

  test('a statement that is refused is tried by one, and all say why', () =>
    inWorld(async ({ replica, sandbox }) => {
      sandbox.control.setApplication('default', { state: 'revoked' });
      const fleet = await Promise.all(Array.from({ length: 10 }, () => replica()));
      for (const { tokens } of fleet) await assert.rejects(tokens.token(patience()));
      const codes = new Set(fleet.map(({ tokens }) => tokens.status().lastFailure?.code));
      assert.equal(codes.size, 1);
      assert.equal(sandbox.counts.register, 1);
    }));

  for (const [step, registrations, tokenCalls] of CRASHES) {
    test(`a holder that dies ${step} leaves ${registrations} registrations and ${tokenCalls} token calls`, () =>
      inWorld(async ({ replica, sandbox }) => {
        const dying = dyingAt(step);
        const first = await replica({ wrap: dying.wrap, leaseFor: SHORT });
        dying.onDeath(() => void first.tokens.close());
        await until(dying.isDead);
        const rest = await Promise.all([replica(), replica(), replica()]);
        assert.equal((await allBearers(rest)).size, 1);
        assert.deepEqual(calls(sandbox), [registrations, tokenCalls, 0]);
      }));
  }

  test('a holder that stalls finds its late write refused, and takes the token of the next', () =>
    inWorld(async ({ replica, sandbox }) => {
      let wake = () => {};
      const stall = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let stalling = false;
      const stalled = await replica({
        leaseFor: SHORT,
        wrap: (store) => ({
          ...store,
          renew: async () => false,
          async save(lease, state) {
            if (state.token === undefined) return store.save(lease, state);
            stalling = true;
            await stall;
            return store.save(lease, state);
          },
        }),
      });
      await until(() => stalling);
      const next = await replica();
      const token = await bearerOf(next);
      wake();
      assert.equal(await bearerOf(stalled), token);
      assert.equal(stalled.named('lease-superseded').length, 1);
      assert.deepEqual(calls(sandbox), [1, 2, 0]);
    }));

  test('a replica that is cut off goes on with what it holds, says so once, and says when that is over', () =>
    inWorld(async ({ redis, replica, sandbox }) => {
      await using network = await startTcpProxy(redis.port);
      const cutOff = await replica({ redisUrl: `redis://127.0.0.1:${network.port}` });
      const token = await bearerOf(cutOff);
      network.cut();
      await until(() => cutOff.named('shared-store-lost').length > 0);
      assert.equal(await bearerOf(cutOff), token);
      network.mend();
      await until(() => cutOff.named('shared-store-recovered').length > 0);
      assert.equal(cutOff.named('shared-store-lost').length, 1);
      assert.deepEqual(calls(sandbox), [1, 1, 0]);
    }));

  for (const breaking of ['cut', 'swallow'] as const) {
    test(`a cold replica behind a network that does ${breaking} gets a token alone, and converges when it can`, () =>
      inWorld(async ({ redis, replica, sandbox }) => {
        await using network = await startTcpProxy(redis.port);
        const others = await replica();
        const shared = await bearerOf(others);
        network[breaking]();
        const alone = await replica({
          redisUrl: `redis://127.0.0.1:${network.port}`,
          timeout: milliseconds(100),
          replicas: 1,
        });
        assert.notEqual(await bearerOf(alone), shared);
        assert.deepEqual(calls(sandbox), [2, 2, 0]);
        network.mend();
        await until(() => alone.named('shared-store-recovered').length > 0);
        // Its own token is newer than the shared one: the next refresh is for all.
        await alone.tokens.refresh();
        await others.tokens.refresh();
        assert.equal(await bearerOf(alone), await bearerOf(others));
        assert.equal(
          alone.tokens.status().registration?.clientId,
          others.tokens.status().registration?.clientId,
        );
        assert.deepEqual(calls(sandbox), [2, 3, 0]);
      }));
  }

  test('while Redis is away a replica of many waits for its moment, and takes what comes when Redis returns', () =>
    inWorld(async ({ redis, replica, sandbox }) => {
      await redis.kill();
      const fleet = await Promise.all(Array.from({ length: 5 }, () => replica({ replicas: 100_000 })));
      await until(() => fleet.every((it) => it.named('shared-store-lost').length === 1));
      assert.deepEqual(calls(sandbox), [0, 0, 0]);
      await redis.restart();
      assert.equal((await allBearers(fleet)).size, 1);
      assert.deepEqual(calls(sandbox), [1, 1, 0]);
    }));

  for (const [persistence, options] of [
    ['with persistence', ['--appendonly', 'yes', '--appendfsync', 'always']],
    ['without persistence', []],
  ] as const) {
    test(`a Redis that restarts ${persistence} costs no call`, () =>
      inWorld(async ({ redis, replica, sandbox }) => {
        const fleet = [await replica(), await replica()];
        const [token] = await allBearers(fleet);
        await redis.kill();
        await redis.restart();
        await until(() => fleet.every((it) => it.named('shared-store-recovered').length > 0));
        // What Redis forgot the replicas bring back; it may still be on its way.
        while ((await redis.inside.keys('*:state')).length === 0) await sleep(10);
        assert.equal(await bearerOf(await replica()), token);
        assert.deepEqual(calls(sandbox), [1, 1, 0]);
      }, options));
  }

  test('a Redis that is full evicts the state and takes no writes: the replica goes on alone, and shares when there is room', () =>
    inWorld(async ({ redis, replica, sandbox }) => {
      const one = await replica({ replicas: 1 });
      const first = await bearerOf(one);
      await redis.inside.config('SET', 'maxmemory-policy', 'allkeys-random', 'maxmemory', '1');
      // With a token in hand it waits for the store; once the API refuses that, it waits no longer.
      const refreshed = one.tokens.refresh();
      await until(() => one.named('shared-store-lost').length > 0);
      const token = one.tokens.current();
      assert.ok(token);
      await one.tokens.successor(token, { proven: true, newClient: false });
      await refreshed;
      assert.notEqual(await bearerOf(one), first);
      assert.match(String(one.named('shared-store-lost').map((it) => 'error' in it && it.error)), /OOM/);
      await redis.inside.config('SET', 'maxmemory', '0');
      await one.tokens.refresh();
      assert.equal(await bearerOf(await replica()), await bearerOf(one));
      assert.deepEqual(calls(sandbox), [1, 3, 0]);
    }));

  test('one of fifty that starts without Redis tells callers within seconds, and gets its token at its moment', () =>
    inWorld(async ({ replica, sandbox }) => {
      // A second is 20 ms long here; the moment would come after more than three minutes.
      const effects: Effects = {
        ...systemEffects,
        random: () => 0.99,
        setTimer: (delay, callback) => systemEffects.setTimer(milliseconds(delay / 50), callback),
      };
      const one = await replica({ redisUrl: 'redis://127.0.0.1:1', replicas: 50, effects });
      await assert.rejects(one.tokens.token(patience()), { code: 'overdue' });
      assert.equal(one.named('shared-store-lost').length, 1);
      assert.deepEqual(calls(sandbox), [0, 0, 0]);
    }));

  test('a replica with another key than the fleet says so, and believes and takes nothing of it', () =>
    inWorld(async ({ replica, sandbox }) => {
      const token = await bearerOf(await replica());
      const odd = await replica({ key: 8 });
      assert.notEqual(await bearerOf(odd), token);
      assert.equal(odd.named('shared-state-disbelieved').length, 1);
      assert.deepEqual(calls(sandbox), [2, 2, 0]);
    }));

  test('the ACL user of docs/fleet.md may do all that is needed', () =>
    inWorld(async ({ redis, replica, sandbox }) => {
      const guide = await readFile(new URL('../../../docs/fleet.md', import.meta.url), 'utf8');
      const rule =
        /^ACL SETUSER (.*)$/m.exec(guide)?.[1]?.replaceAll('cmu-proxy:*', 'test:*').split(' ') ?? [];
      await redis.inside.call('ACL', 'SETUSER', ...rule);
      const redisUrl = `redis://cmu-proxy:PASSWORD@127.0.0.1:${redis.port}`;
      const fleet = [await replica({ redisUrl }), await replica({ redisUrl })];
      assert.equal((await allBearers(fleet)).size, 1);
      await Promise.all(fleet.map(({ tokens }) => tokens.refresh()));
      assert.equal((await allBearers(fleet)).size, 1);
      assert.deepEqual(calls(sandbox), [1, 2, 0]);
      assert.deepEqual(
        fleet.flatMap((it) => it.named('shared-store-lost')),
        [],
      );
      const log: unknown = await redis.inside.call('ACL', 'LOG');
      assert.deepEqual(log, []);
    }));
});
