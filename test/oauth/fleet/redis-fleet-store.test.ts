import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs, milliseconds, seconds } from '../../../src/base/units.ts';
import { createFleetBudget, type FleetBudgetOptions } from '../../../src/oauth/fleet/fleet-budget.ts';
import { createRedisFleetStore } from '../../../src/oauth/fleet/redis-fleet-store.ts';
import type { DcrBudget } from '../../../src/oauth/protocol/dcr-budget.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import type { CredentialStore } from '../../../src/oauth/state/credential-store.ts';
import { writeStoredForm } from '../../../src/oauth/state/stored-form.ts';
import { type RedisLink, SharedStoreError } from '../../../src/redis/redis-link.ts';
import {
  bindingOf,
  credentialStoreContract,
  stateOf,
  told,
} from '../../support/credential-store-contract.ts';
import { linkTo, sealedCodec } from '../../support/fleet-world.ts';
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis-server.ts';

describe('the store in a real Redis', { skip: withoutRedis }, () => {
  let redis: RedisServer;
  let link: RedisLink;
  let number = 0;

  before(async () => {
    redis = await startRedis();
    link = await linkTo(redis.url);
    await link.settled();
  });
  after(async () => {
    await link.close();
    await redis[Symbol.asyncDispose]();
  });

  /** Each test has keys of its own. `ahead`: how far this replica's clock is ahead. */
  const prefixed = (prefix: string, { key = 7, ahead = 0, leaseFor = seconds(5) } = {}) =>
    createRedisFleetStore({
      link,
      prefix,
      codec: sealedCodec(key),
      effects: { ...systemEffects, now: () => epochMs(Date.now() + ahead) },
      leaseFor,
    });
  const fresh = () => {
    number += 1;
    return `t${number}`;
  };
  const token = (name: string, lives = 600_000) => ({
    authorization: new Secret(`Bearer token-${name}`),
    receivedAt: epochMs(Date.now()),
    expiresAt: epochMs(Date.now() + lives),
  });
  const binding = bindingOf('a');

  /** As one replica after the other would: each save under a lease of its own. */
  const asCredentialStore = (): CredentialStore => {
    const store = prefixed(fresh());
    return {
      load: async (of) => {
        const { state } = await store.read(of);
        return state === undefined ? { outcome: 'absent' } : { outcome: 'found', state };
      },
      save: async (of, state) => {
        const { lease } = await store.claim(of);
        assert.ok(lease);
        assert.equal(await store.save(lease, state), 'saved');
        await store.release(lease);
      },
    };
  };
  credentialStoreContract('Redis', (use) => use(asCredentialStore()), { holds: 'many' });

  test('one at a time has the lease', async () => {
    const prefix = fresh();
    const [one, other] = [prefixed(prefix), prefixed(prefix)];
    const { lease } = await one.claim(binding);
    assert.ok(lease);
    const refused = await other.claim(binding);
    assert.equal(refused.lease, undefined);
    assert.ok(refused.leasedFor !== undefined && refused.leasedFor <= 5000);
    await one.release(lease);
    assert.ok((await other.claim(binding)).lease);
  });

  test('a lease that is not renewed ends, and the late write of its holder is refused', async () => {
    const prefix = fresh();
    const [stalled, next] = [prefixed(prefix, { leaseFor: milliseconds(1) }), prefixed(prefix)];
    const late = (await stalled.claim(binding)).lease;
    assert.ok(late);
    let mine = (await next.claim(binding)).lease;
    while (mine === undefined) mine = (await next.claim(binding)).lease;
    assert.ok(mine.fence > late.fence);
    assert.equal(await next.save(mine, stateOf('2')), 'saved');
    assert.equal(await stalled.renew(late), false);
    assert.equal(await stalled.save(late, stateOf('1')), 'superseded');
    await stalled.release(late);
    const seen = await next.read(binding);
    assert.ok(seen.state);
    assert.equal(seen.state.credentials.clientId, 'client-2');
    assert.ok(seen.leasedFor, 'what the late holder gave back was not the lease of the next');
  });

  test('fences grow although Redis forgot them all', async () => {
    const store = prefixed(fresh());
    const first = (await store.claim(binding)).lease;
    await redis.inside.flushall();
    const second = (await store.claim(binding)).lease;
    assert.ok(first && second && second.fence > first.fence);
    assert.equal(await store.save(first, stateOf('1')), 'superseded');
  });

  test('a holder whose lease ended while nobody wanted it may still write', async () => {
    const store = prefixed(fresh(), { leaseFor: milliseconds(1) });
    const { lease } = await store.claim(binding);
    assert.ok(lease);
    while (await store.renew(lease)) await redis.inside.ping();
    assert.equal(await store.save(lease, stateOf('1')), 'saved');
  });

  test('nothing in Redis can be read without the key: neither state nor failure', async () => {
    const prefix = fresh();
    const store = prefixed(prefix);
    const { lease } = await store.claim(binding);
    assert.ok(lease);
    await store.save(lease, stateOf('canary', { token: token('canary') }));
    const error = new DcrError('server_error', 'The failure-canary');
    await store.release(lease, { error, pause: seconds(5) });
    const keys = await redis.inside.keys(`${prefix}:*`);
    const contents = await Promise.all(
      keys.map(async (key) =>
        (await redis.inside.type(key)) === 'hash' ? redis.inside.hgetall(key) : redis.inside.get(key),
      ),
    );
    assert.ok(keys.length >= 4);
    assert.doesNotMatch(JSON.stringify([keys, contents]), /canary|Bearer|server_error|dcr\.test/);
  });

  test('a state that is not sealed with our key is not believed, and the next save replaces it', async () => {
    const prefix = fresh();
    const [store, foreign] = [prefixed(prefix), prefixed(prefix, { key: 8 })];
    const { lease } = await store.claim(binding);
    assert.ok(lease);
    await store.save(lease, stateOf('1'));
    const [key = ''] = await redis.inside.keys(`${prefix}:*:state`);
    const seen = await foreign.read(binding);
    assert.deepEqual([seen.state, seen.forged], [undefined, true]);
    for (const planted of ['nonsense', writeStoredForm(binding, stateOf('forged'))]) {
      await redis.inside.hset(key, 'sealed', planted);
      const { state, forged } = await store.read(binding);
      assert.deepEqual([state, forged], [undefined, true]);
    }
    await store.save(lease, stateOf('2'));
    const replaced = await store.read(binding);
    assert.deepEqual([replaced.state?.credentials.clientId, replaced.forged], ['client-2', false]);
  });

  test('a failure is shared for its pause, and nobody gets the lease meanwhile', async () => {
    const prefix = fresh();
    const [one, other] = [prefixed(prefix), prefixed(prefix)];
    const { lease } = await one.claim(binding);
    assert.ok(lease);
    const error = new DcrError('unapproved_software_statement', 'Not approved');
    await one.release(lease, { error, pause: seconds(60) });
    const seen = await other.claim(binding);
    assert.equal(seen.lease, undefined);
    assert.equal(seen.failures, 1);
    assert.equal(seen.failure?.code, 'unapproved_software_statement');
    assert.equal(seen.failure.retryable, false);
    const { retryAfter } = seen.failure;
    assert.ok(retryAfter !== undefined && retryAfter > 50_000 && retryAfter <= 60_000);
  });

  describe('a failure is believed by its own client and statement alone, and for its own time:', () => {
    const failed = async (prefix: string, of = binding) => {
      const store = prefixed(prefix);
      const { lease } = await store.claim(of);
      assert.ok(lease);
      await store.release(lease, { error: new DcrError('server_error', 'down'), pause: seconds(60) });
      const keys = await redis.inside.keys(`${prefix}:*:failure`);
      return { store, key: keys.at(-1) ?? '' };
    };

    for (const [what, plant] of [
      [
        'a text in the clear',
        (key: string) => redis.inside.set(key, JSON.stringify({ code: 'server_error', binding })),
      ],
      ['garbage', (key: string) => redis.inside.set(key, 'x'.repeat(10_000))],
      ['garbage that is no text', (key: string) => redis.inside.set(key, Buffer.from([0xff, 0x00, 0xc3]))],
      ['a megabyte', (key: string) => redis.inside.set(key, 'x'.repeat(1_000_000))],
      ['a list', (key: string) => redis.inside.del(key).then(() => redis.inside.lpush(key, 'x'))],
    ] as const) {
      test(`${what} is none, and holds nobody up`, async () => {
        const { store, key } = await failed(fresh());
        await plant(key);
        const { failure, lease } = await store.claim(binding);
        assert.equal(failure, undefined);
        assert.ok(lease);
      });
    }

    test('that of another client is none', async () => {
      const prefix = fresh();
      const other = bindingOf('b');
      const { key: source } = await failed(prefix);
      const text = (await redis.inside.get(source)) ?? '';
      const { store } = await failed(prefix, other);
      const target = (await redis.inside.keys(`${prefix}:*:failure`)).find((key) => key !== source) ?? '';
      await redis.inside.set(target, text);
      const { failure, forged, lease } = await store.claim(other);
      assert.deepEqual([failure, forged], [undefined, false]);
      assert.ok(lease);
    });

    test('one that is put back when it is over, or that the clock of Redis lets last longer, is none', async () => {
      for (const ahead of [-120_000, 120_000]) {
        const prefix = fresh();
        // To the holder, whose clock is right, that of Redis is two minutes off when the others look.
        const { store, key } = await failed(prefix);
        const text = (await redis.inside.get(key)) ?? '';
        const shifted: RedisLink = {
          ...link,
          run: async (script, keys, args) => {
            const reply = await link.run(script, keys, args);
            return Array.isArray(reply) && reply.length === 9
              ? reply.with(3, String(Number(reply[3]) + ahead))
              : reply;
          },
        };
        const later = createRedisFleetStore({
          link: shifted,
          prefix,
          codec: sealedCodec(),
          effects: systemEffects,
        });
        await redis.inside.set(key, text);
        assert.ok((await store.read(binding)).failure);
        assert.equal((await later.read(binding)).failure, undefined);
      }
    });
  });

  test('a lease in the year 5000 is none', async () => {
    const store = prefixed(fresh());
    const { lease } = await store.claim(binding);
    assert.ok(lease);
    const [key = ''] = (await redis.inside.keys(`t${number}:*:lease`)) ?? [];
    for (const forged of ['x', 'x'.repeat(1_000_000)]) {
      await redis.inside.set(key, forged, 'PXAT', 95_617_584_000_000);
      assert.ok((await store.claim(binding)).lease);
    }
    await redis.inside.set(key, 'x');
    assert.ok((await store.claim(binding)).lease, 'nor one without an end');
  });

  test('a token lasts no longer because somebody moved the times beside it, or Redis its clock', async () => {
    const prefix = fresh();
    const store = prefixed(prefix);
    const { lease } = await store.claim(binding);
    assert.ok(lease);
    const saved = token('1');
    await store.save(lease, stateOf('1', { token: saved }));
    const [key = ''] = await redis.inside.keys(`${prefix}:*:state`);
    for (const fields of [
      { saved_at: String(Date.now() + 3_600_000) },
      { writer_clock: 'nan' },
      { saved_at: '', writer_clock: '' },
      { writer_clock: '-1e300' },
    ]) {
      await redis.inside.hset(key, fields);
      const read = (await store.read(binding)).state?.token;
      assert.ok(read && read.expiresAt <= Date.now() + 600_000, JSON.stringify(fields));
    }
  });

  test('an offer fills an empty store, replaces a dead token, and nothing else', async () => {
    const store = prefixed(fresh());
    assert.equal(await store.offer(binding, stateOf('1', { token: token('1', 20) })), true);
    let accepted = false;
    while (!accepted) accepted = await store.offer(binding, stateOf('2', { token: token('2') }));
    assert.equal(await store.offer(binding, stateOf('3', { token: token('3') })), false);
    assert.equal((await store.read(binding)).state?.credentials.clientId, 'client-2');
  });

  test('an offer waits for whoever has the lease', async () => {
    const store = prefixed(fresh());
    await store.claim(binding);
    assert.equal(await store.offer(binding, stateOf('1', { token: token('1') })), false);
  });

  test('a token reads by the clock of the replica that reads it', async () => {
    const prefix = fresh();
    const hour = 3_600_000;
    const [wrong, right] = [prefixed(prefix, { ahead: hour }), prefixed(prefix)];
    const saved = token('1');
    const ahead = {
      ...saved,
      receivedAt: epochMs(saved.receivedAt + hour),
      expiresAt: epochMs(saved.expiresAt + hour),
    };
    const { lease } = await wrong.claim(binding);
    assert.ok(lease);
    await wrong.save(lease, stateOf('1', { token: ahead }));
    const read = (await right.read(binding)).state?.token;
    assert.ok(read);
    assert.ok(Math.abs(read.expiresAt - saved.expiresAt) < 2000);
    assert.ok(read.receivedAt <= Date.now());
    assert.deepEqual(told(stateOf('1', { token: read })).token?.authorization, 'Bearer token-1');
  });

  test('a save wakes those who wait', async () => {
    const prefix = fresh();
    const [one, other] = [prefixed(prefix), prefixed(prefix)];
    const changes: string[] = [];
    other.onChange(binding, (change) => changes.push(change));
    const { lease } = await one.claim(binding);
    assert.ok(lease);
    // The first may be published before the subscription has arrived.
    while (changes.length === 0) assert.equal(await one.save(lease, stateOf('1')), 'saved');
    assert.equal(changes[0], 'changed');
  });

  describe('the budget of all replicas', () => {
    const { signal } = new AbortController();
    const never = { acquire: () => assert.fail('the local budget was asked'), throttled: () => {} };
    const bucket = { burst: 2, interval: seconds(60), longestWait: seconds(5) };
    const dcrUrl = new URL('https://dcr.test');
    const budgetOf = (prefix: string, more: Partial<FleetBudgetOptions> = {}) =>
      createFleetBudget({ link, prefix, dcrUrl, local: never, effects: systemEffects, bucket, ...more });
    /** How long the next call has to wait; 0 if it may be made. */
    const pauseOf = (budget: DcrBudget): Promise<number> =>
      budget.acquire(signal).then(
        () => 0,
        (error: unknown) => {
          assert.ok(error instanceof DcrError && error.code === 'budget_exhausted');
          return error.retryAfter ?? 0;
        },
      );
    const budgetKey = async (prefix: string) => {
      const [key = ''] = await redis.inside.keys(`${prefix}:*:budget`);
      return key;
    };

    test('is one', async () => {
      const prefix = fresh();
      const [one, other] = [budgetOf(prefix), budgetOf(prefix)];
      await one.acquire(signal);
      await other.acquire(signal);
      const pause = await pauseOf(one);
      assert.ok(pause > 50_000 && pause <= 60_000);
    });

    test('a 429 of one pauses all, but for no longer than 10 s: who is told to wait longer waits alone', async () => {
      const prefix = fresh();
      const [one, other] = [budgetOf(prefix), budgetOf(prefix)];
      other.throttled(seconds(600));
      // It is told in the background, in two steps where Redis does not know the script yet.
      while ((await budgetKey(prefix)) === '') await redis.inside.ping();
      const pause = await pauseOf(one);
      assert.ok(pause > 5_000 && pause <= 10_000);
    });

    for (const [what, planted] of [
      ['the year 5000', '95617584000000'],
      ['no time', 'nan'],
      ['no number', 'garbage'],
      ['a text of a megabyte', '9'.repeat(1_000_000)],
    ] as const) {
      test(`that holds ${what} is full`, async () => {
        const prefix = fresh();
        await budgetOf(prefix).acquire(signal);
        await redis.inside.set(await budgetKey(prefix), planted);
        assert.equal(await pauseOf(budgetOf(prefix)), 0);
      });
    }

    test('that is of another type is full as well', async () => {
      const prefix = fresh();
      await budgetOf(prefix).acquire(signal);
      const key = await budgetKey(prefix);
      await redis.inside.del(key);
      await redis.inside.lpush(key, 'x');
      assert.equal(await pauseOf(budgetOf(prefix)), 0);
    });

    test('that somebody keeps empty is believed for half a minute', async () => {
      const prefix = fresh();
      let now = Date.now();
      let alone = 0;
      const budget = budgetOf(prefix, {
        effects: { ...systemEffects, now: () => epochMs(now) },
        local: { acquire: async () => void alone++, throttled: () => {} },
      });
      budget.throttled(seconds(10));
      while ((await budgetKey(prefix)) === '') await redis.inside.ping();
      for (const [elapsed, expected] of [
        [0, 0],
        [29_999, 0],
        [30_000, 1],
      ] as const) {
        now += elapsed;
        const refused = (await pauseOf(budget)) > 0;
        assert.deepEqual([refused, alone], [expected === 0, expected]);
        now -= elapsed;
      }
    });
  });

  test('without Redis each replica draws on its own budget', async () => {
    const unreachable = await linkTo('redis://127.0.0.1:1');
    await unreachable.settled();
    let asked = 0;
    const local = { acquire: async () => void asked++, throttled: () => {} };
    const budget = createFleetBudget({
      link: unreachable,
      prefix: 'x',
      dcrUrl: new URL('https://dcr.test'),
      local,
      effects: systemEffects,
    });
    await budget.acquire(new AbortController().signal);
    assert.equal(asked, 1);
    await assert.rejects(unreachable.run({ source: 'return 1', sha1: '' }, [], []), SharedStoreError);
    await unreachable.close();
  });

  test('a wrong password is told without the password', async () => {
    await using guarded = await startRedis([], 'right');
    const refused = await linkTo(`redis://:wrong-canary@127.0.0.1:${guarded.port}`);
    await refused.settled();
    const store = createRedisFleetStore({
      link: refused,
      prefix: 'x',
      codec: sealedCodec(),
      effects: systemEffects,
    });
    await assert.rejects(store.read(binding), (error: unknown) => {
      assert.ok(error instanceof SharedStoreError);
      assert.match(error.message, /WRONGPASS|NOAUTH/);
      assert.doesNotMatch(JSON.stringify([error, error.message, error.stack]), /canary/);
      return true;
    });
    await refused.close();
  });
});
