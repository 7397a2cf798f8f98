import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { epochMs, milliseconds } from '../../../src/base/units.ts';
import type { SharedEntry } from '../../../src/cache/shared/shared-reports.ts';
import type { StoredResponse } from '../../../src/cache/store/stored-response.ts';
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis-server.ts';
import {
  type SharingOptions,
  type SharingReplica,
  startSharing,
} from '../../support/shared-reports-world.ts';
import { storedReport } from '../../support/stored-report.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

const KEY = 'GET json 3:cmu /year';
const { signal } = new AbortController();
const any = () => true;
const isFresh = ({ freshness }: StoredResponse) => freshness.lifetime > 0;
const reportNow = (more: Partial<Parameters<typeof storedReport>[0]> = {}) =>
  storedReport({ now: systemEffects.now(), ...more });
const stale = { lifetime: milliseconds(0) };

describe('reports that replicas share in a real Redis', { skip: withoutRedis }, () => {
  let redis: RedisServer;
  let number = 0;
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    await redis[Symbol.asyncDispose]();
  });

  /** Replicas with keys of their test's own. */
  async function sharing(
    options: readonly Partial<SharingOptions>[],
    use: (replicas: readonly SharingReplica[], prefix: string) => Promise<void>,
  ): Promise<void> {
    number += 1;
    const prefix = `t${number}`;
    await using opened = new AsyncDisposableStack();
    const replicas: SharingReplica[] = [];
    for (const it of options) {
      replicas.push(opened.use(await startSharing({ url: redis.url, prefix, ...it })));
    }
    await use(replicas, prefix);
  }
  const pair = (use: (one: SharingReplica, other: SharingReplica, prefix: string) => Promise<void>) =>
    sharing([{}, {}], async ([one, other], prefix) => {
      assert.ok(one && other);
      await use(one, other, prefix);
    });
  const find = (entry: SharedEntry, isGood: (copy: StoredResponse) => boolean = any) =>
    entry.find(isGood, signal);
  const share = async (replica: SharingReplica, report = reportNow(), key = KEY) => {
    const saved = replica.saved();
    replica.reports.entry(key).save(report);
    return saved;
  };
  const keysIn = async (prefix: string, kind: string) =>
    (await redis.inside.keys(`${prefix}:*`)).filter((key) => key.endsWith(`:${kind}`));

  test('what one fetched, the other finds', () =>
    pair(async (one, other) => {
      assert.equal(await find(one.reports.entry(KEY)), undefined);
      const report = reportNow();
      assert.equal(await share(one, report), 'saved');
      const found = await find(other.reports.entry(KEY));
      assert.deepEqual(found?.body, report.body);
      assert.deepEqual([one.looks, other.looks], [['miss'], ['hit']]);
    }));

  test('whoever comes while another fetches waits for that, and is woken', () =>
    pair(async (one, other, prefix) => {
      const fetching = one.reports.entry(KEY);
      await find(fetching);
      const waiting = find(other.reports.entry(KEY));
      const listening = () => redis.inside.pubsub('CHANNELS', `${prefix}:*:fetched`);
      while (String(await listening()) === '') await redis.inside.ping();
      fetching.save(reportNow());
      assert.ok(await waiting);
      assert.deepEqual(other.looks, ['waited']);
    }));

  test('a holder who leaves hands his turn on', () =>
    pair(async (one, other, prefix) => {
      const leaving = one.reports.entry(KEY);
      await find(leaving);
      const waiting = find(other.reports.entry(KEY));
      leaving.end('left');
      assert.equal(await waiting, undefined);
      assert.deepEqual(other.looks, ['miss']);
      assert.equal((await keysIn(prefix, 'lease')).length, 1);
    }));

  test('a fetch that gives nothing to share frees everybody to fetch for himself', () =>
    pair(async (one, other) => {
      const failing = one.reports.entry(KEY);
      await find(failing);
      const waiting = find(other.reports.entry(KEY));
      failing.end('nothing-to-share');
      await waiting;
      await find(one.reports.entry(KEY));
      await find(other.reports.entry(KEY));
      assert.deepEqual(other.looks, ['miss', 'miss']);
    }));

  test('a holder who dies is waited for no longer than the bound, and the next one has the turn', () =>
    sharing([{ policy: { waitMs: milliseconds(150) } }, {}], async ([dead, next]) => {
      assert.ok(dead && next);
      await find(dead.reports.entry(KEY));
      assert.equal(await find(next.reports.entry(KEY)), undefined);
      assert.deepEqual(next.looks, ['miss']);
    }));

  test('nobody waits longer than his own bound', () =>
    sharing([{}, { policy: { waitMs: milliseconds(20) } }], async ([one, impatient]) => {
      assert.ok(one && impatient);
      await find(one.reports.entry(KEY));
      assert.equal(await find(impatient.reports.entry(KEY)), undefined);
      assert.deepEqual(impatient.looks, ['gave-up']);
    }));

  test('whoever leaves while he waits is gone at once', () =>
    pair(async (one, other) => {
      await find(one.reports.entry(KEY));
      const leaving = new AbortController();
      const waiting = other.reports.entry(KEY).find(any, leaving.signal);
      leaving.abort();
      assert.equal(await waiting, undefined);
    }));

  test('a stale copy comes with the turn to replace it, and nobody waits if it will do', () =>
    pair(async (one, other) => {
      await share(one, reportNow({ freshness: stale }));
      const replacing = one.reports.entry(KEY);
      assert.ok(await find(replacing, isFresh));
      assert.ok(await find(other.reports.entry(KEY), any));
      assert.deepEqual(
        [one.looks, other.looks],
        [['miss'], ['hit']],
        'the one replaces it, the other serves it',
      );
    }));

  test('a report that was fetched earlier does not replace a later one', () =>
    pair(async (one, other) => {
      const later = systemEffects.now();
      await share(one, reportNow({ body: Buffer.from('later') }));
      const earlier = storedReport({ now: epochMs(later - 5000), body: Buffer.from('earlier') });
      assert.equal(await share(other, earlier), 'superseded');
      assert.equal(String((await find(other.reports.entry(KEY)))?.body), 'later');
    }));

  test('a report ends in Redis when it is of no use any more', () =>
    pair(async (one, _other, prefix) => {
      await share(one);
      const [key = ''] = await keysIn(prefix, 'report');
      const left = await redis.inside.pttl(key);
      // The store's clock and ours may be some milliseconds apart.
      assert.ok(left > 115_000 && left <= 120_100, `${left}`);
    }));

  test('reports that were sealed with another key are not found', () =>
    sharing([{}, { key: 8 }], async ([one, other]) => {
      assert.ok(one && other);
      await share(one);
      assert.equal(await find(other.reports.entry(KEY)), undefined);
    }));

  test('nothing in Redis tells what is asked or answered', () =>
    pair(async (one, _other, prefix) => {
      const canaries = { target: '/cmu/v2/canary?mvpd=canary', headers: ['x-canary', 'canary'] };
      await share(one, reportNow({ ...canaries, body: Buffer.from('canary') }), 'GET json canary');
      const keys = await redis.inside.keys(`${prefix}:*`);
      const contents = await Promise.all(
        keys.map(async (key) =>
          (await redis.inside.type(key)) === 'hash'
            ? redis.inside.hgetallBuffer(key)
            : redis.inside.getBuffer(key),
        ),
      );
      const texts = contents.flatMap((it) => (Buffer.isBuffer(it) ? [it] : Object.values(it ?? {})));
      assert.ok(texts.length >= 4);
      for (const text of [...keys, ...texts.map((it) => it.toString('latin1'))]) {
        assert.doesNotMatch(text, /canary/);
      }
    }));

  describe('what somebody else wrote in the place of a report is none, and is replaced:', () => {
    for (const [what, spoil] of [
      ['a text', (key: string) => redis.inside.set(key, 'nonsense')],
      ['a list', (key: string) => redis.inside.del(key).then(() => redis.inside.lpush(key, 'x'))],
      ['another sealed text', (key: string) => redis.inside.hset(key, 'sealed', 'nonsense')],
      [
        'times that are none',
        (key: string) => redis.inside.hset(key, 'fresh_until', 'soon', 'fetched_at', ''),
      ],
      ['a text that is too long', (key: string) => redis.inside.hset(key, 'sealed', 'x'.repeat(500_000))],
    ] as const) {
      test(what, () =>
        pair(async (one, other, prefix) => {
          await share(one);
          const [key = ''] = await keysIn(prefix, 'report');
          await spoil(key);
          const entry = other.reports.entry(KEY);
          const found = await find(entry, isFresh);
          // Without its times it is a report of unknown age: as old as its own clock says.
          if (what !== 'times that are none') {
            assert.equal(found, undefined);
            assert.deepEqual(other.looks, ['invalid']);
          }
          const saved = other.saved();
          entry.save(reportNow({ body: Buffer.from('new') }));
          assert.equal(await saved, 'saved');
          assert.equal(String((await find(one.reports.entry(KEY)))?.body), 'new');
        }),
      );
    }

    test('the sealed text of another report', () =>
      pair(async (one, other, prefix) => {
        await share(one, reportNow(), 'GET json another');
        const [source = ''] = await keysIn(prefix, 'report');
        await share(one);
        const target = (await keysIn(prefix, 'report')).find((key) => key !== source) ?? '';
        await redis.inside.copy(source, target, 'REPLACE');
        assert.equal(await find(other.reports.entry(KEY)), undefined);
        assert.deepEqual(other.looks, ['invalid']);
      }));
  });

  test('what is too large, or not for everybody, is not shared, and nobody waits for it', () =>
    pair(async (one, other, prefix) => {
      for (const report of [
        reportNow({ body: Buffer.alloc(100_001) }),
        reportNow({ varyFields: ['x-tenant'] }),
        reportNow({
          freshness: { ...stale, staleWhileRevalidate: stale.lifetime, staleIfError: stale.lifetime },
        }),
      ]) {
        const entry = one.reports.entry(KEY);
        await find(entry);
        const saved = one.saved();
        entry.save(report);
        assert.equal(await saved, 'not-shareable');
      }
      await find(other.reports.entry(KEY));
      assert.deepEqual(other.looks, ['miss']);
      assert.deepEqual(await keysIn(prefix, 'report'), []);
    }));

  test('a report that is gone is gone for all', () =>
    pair(async (one, other) => {
      await share(one);
      one.reports.entry(KEY).end('gone');
      await find(one.reports.entry('another')); // commands are in order
      assert.equal(await find(other.reports.entry(KEY)), undefined);
    }));

  test('a purge by one empties it for all, and for those who start later', () =>
    pair(async (one, other, prefix) => {
      await share(one);
      const before = other.generation.current;
      assert.equal(await one.generation.purge(), true);
      assert.equal(await find(one.reports.entry(KEY)), undefined);
      while (other.generation.current === before) await redis.inside.ping();
      assert.equal(other.generation.current, one.generation.current);
      await using later = await startSharing({ url: redis.url, prefix });
      assert.equal(later.generation.current, one.generation.current);
    }));

  test('a generation that Redis forgot is never taken up again', () =>
    pair(async (one, _other, prefix) => {
      await share(one);
      await redis.inside.del(`${prefix}:{reports}:generation`);
      await using later = await startSharing({ url: redis.url, prefix });
      assert.equal(await find(later.reports.entry(KEY)), undefined);
    }));

  test('the ACL user of docs/fleet.md may do all that is needed', async () => {
    const guide = await readFile(new URL('../../../docs/fleet.md', import.meta.url), 'utf8');
    const rule = /^ACL SETUSER (.*)$/m.exec(guide)?.[1]?.replaceAll('cmu-proxy:*', 'acl:*').split(' ') ?? [];
    await redis.inside.call('ACL', 'SETUSER', ...rule);
    const url = redis.url.replace('//', '//cmu-proxy:PASSWORD@');
    await sharing(
      [
        { url, prefix: 'acl' },
        { url, prefix: 'acl' },
      ],
      async ([one, other]) => {
        assert.ok(one && other);
        const fetching = one.reports.entry(KEY);
        await find(fetching);
        const waiting = find(other.reports.entry(KEY));
        fetching.save(reportNow());
        assert.ok(await waiting);
        one.reports.entry(KEY).end('gone');
        assert.equal(await one.generation.purge(), true);
      },
    );
    assert.deepEqual(await redis.inside.call('ACL', 'LOG'), []);
  });

  test('a Redis that does not answer is waited for no longer than the bound, and then left alone for a while', () =>
    sharing([{}], async ([one], prefix) => {
      assert.ok(one);
      await share(one);
      await using network = await startTcpProxy(redis.port);
      let now = Date.now();
      await using slow = await startSharing({
        url: `redis://127.0.0.1:${network.port}`,
        prefix,
        policy: { lookupMs: milliseconds(20) },
        effects: { ...systemEffects, now: () => epochMs(now) },
      });
      network.swallow();
      for (let i = 0; i < 4; i++) assert.equal(await find(slow.reports.entry(KEY)), undefined);
      assert.deepEqual(slow.looks, ['timeout', 'timeout', 'timeout', 'skipped']);
      const saved = slow.saved();
      slow.reports.entry(KEY).save(reportNow());
      assert.equal(await saved, 'skipped');
      network.mend();
      // Past the pause it is tried again: an error while the connection is made anew, then a hit.
      while (slow.looks.at(-1) !== 'hit') {
        now += 31_000;
        await find(slow.reports.entry(KEY));
        await redis.inside.ping();
      }
    }));

  test('a Redis that cannot be reached costs no time at all', async () => {
    await using alone = await startSharing({ url: 'redis://127.0.0.1:1', prefix: 'x', reachable: false });
    const entry = alone.reports.entry(KEY);
    assert.equal(await find(entry), undefined);
    entry.end('left');
    const saved = alone.saved();
    entry.save(reportNow());
    assert.equal(await saved, 'skipped');
    assert.equal(await alone.generation.purge(), false);
    assert.equal(alone.generation.current, undefined);
    assert.deepEqual(alone.looks, ['skipped']);
  });

  test('an answer that comes too late gives the turn back that came with it', () =>
    sharing([{}], async (_replicas, prefix) => {
      const lookupMs = milliseconds(1);
      const overAtOnce = (callback: () => void) => {
        queueMicrotask(callback);
        return () => {};
      };
      await using late = await startSharing({
        url: redis.url,
        prefix,
        policy: { lookupMs },
        effects: {
          ...systemEffects,
          setTimer: (delay, callback) =>
            delay === lookupMs ? overAtOnce(callback) : systemEffects.setTimer(delay, callback),
        },
      });
      await find(late.reports.entry(KEY));
      assert.deepEqual(late.looks, ['timeout']);
      const leases: number[] = [];
      while (leases.length < 2 || leases.at(-1) !== 0) leases.push((await keysIn(prefix, 'lease')).length);
    }));
});
