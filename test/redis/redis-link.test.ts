import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerTls } from '../../src/base/peer-tls.ts';
import { Secret } from '../../src/base/secret.ts';
import { milliseconds } from '../../src/base/units.ts';
import { type RedisLink, type RedisLinkOptions, SharedStoreError } from '../../src/redis/redis-link.ts';
import { redisScript } from '../../src/redis/redis-script.ts';
import { linkTo } from '../support/fleet-world.ts';
import { freePort, type RedisServer, startRedis, withoutRedis } from '../support/redis-server.ts';
import { startCluster, startSentinel } from '../support/redis-topologies.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ELSEWHERE, LOOPBACK } from '../support/tls-identities.ts';

const ECHO = redisScript('return {KEYS[1], ARGV[1]}');
const PUT = redisScript("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])");
const TELL = redisScript("return redis.call('PUBLISH', ARGV[1], 'x')");

async function linked(
  url: string,
  more: Partial<RedisLinkOptions>,
  use: (link: RedisLink) => Promise<void>,
): Promise<void> {
  const link = await linkTo(url, milliseconds(2000), more);
  try {
    await link.settled();
    await use(link);
  } finally {
    await link.close();
  }
}

/** Until it succeeds. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let turn = 0; ; turn += 1) {
    try {
      return await act();
    } catch (error) {
      if (turn === 500) throw error;
      await sleep(20);
    }
  }
}

/** Somebody who says this to whatever he is told. */
async function answering(says: string, use: (address: string) => Promise<void>): Promise<void> {
  await using server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write(says));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await use(`127.0.0.1:${address.port}`);
}

test('what a server says of our password is not told', async () => {
  const password = 'canary-password';
  const quoting = `-ERR ${password.slice(0, 11)} unknown, with args beginning with: '${password}'\r\n`;
  await answering(quoting, (address) =>
    linked(`redis://user:${password}@${address}`, {}, async (link) => {
      await assert.rejects(link.run(ECHO, ['k'], ['v']), (error: Error) => {
        assert.match(error.message, /it answers ERR$/);
        return true;
      });
    }),
  );
});

for (const [what, says] of [
  ['an array that says it is endless', '*30000000\r\n'],
  ['arrays in arrays', '*1\r\n'.repeat(50_000)],
  ['a text without end', `$3000000000\r\n${'x'.repeat(60_000)}`],
  ['what is no reply', 'HTTP/1.1 200 OK\r\n\r\n'],
] as const) {
  test(`a server that answers ${what} is one that cannot be reached`, () =>
    answering(says, (address) =>
      linked(`redis://${address}`, {}, async (link) => {
        await assert.rejects(link.run(ECHO, ['k'], ['v']), SharedStoreError);
        assert.ok(process.memoryUsage.rss() < 400 * 1024 * 1024);
      }),
    ));
}

describe('the link to a real Redis', { skip: withoutRedis }, () => {
  let redis: RedisServer;
  let tlsUrl: string;
  before(async () => {
    const folder = await temporaryFolder();
    after(() => folder[Symbol.asyncDispose]());
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    await writeFile(cert, LOOPBACK.cert);
    await writeFile(key, LOOPBACK.key);
    const tlsPort = await freePort();
    tlsUrl = `rediss://127.0.0.1:${tlsPort}`;
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
    redis = await startRedis(['--tls-port', `${tlsPort}`, '--tls-auth-clients', 'optional', ...files]);
  });
  after(() => redis[Symbol.asyncDispose]());

  test('runs scripts with text and with bytes', () =>
    linked(redis.url, {}, async (link) => {
      assert.deepEqual(await link.run(ECHO, ['k'], ['é']), ['k', 'é']);
      const bytes = Buffer.from([0, 255, 10]);
      assert.deepEqual(await link.runBinary(ECHO, ['k'], [bytes]), [Buffer.from('k'), bytes]);
    }));

  test('runs a script that Redis has forgotten', () =>
    linked(redis.url, {}, async (link) => {
      await link.run(ECHO, ['k'], ['1']);
      await redis.inside.script('FLUSH');
      assert.deepEqual(await link.run(ECHO, ['k'], ['2']), ['k', '2']);
    }));

  test('a subscription that began before there was a connection stands with the first', async () => {
    const link = await linkTo(redis.url);
    let told = 0;
    const end = link.watch('early', (change) => {
      if (change === 'changed') told += 1;
    });
    await link.settled();
    const heard = () => redis.inside.publish('early', 'x');
    while ((await heard()) === 0) await sleep(5);
    while (told < 2) await sleep(5);
    end();
    while ((await heard()) > 0) await sleep(5);
    await link.close();
  });

  describe('over TLS', () => {
    const withTls = (tls: Partial<PeerTls>) => ({ tls: { ca: undefined, identity: undefined, ...tls } });
    const own = { cert: LOOPBACK.cert, key: new Secret(LOOPBACK.key) };

    test('trusts the authority that it is given', () =>
      linked(tlsUrl, withTls({ ca: LOOPBACK.cert }), async (link) => {
        assert.deepEqual(await link.run(ECHO, ['k'], ['v']), ['k', 'v']);
      }));

    for (const [what, ca] of [
      ['no other', undefined],
      ['not one for somebody else', ELSEWHERE.cert],
    ] as const) {
      test(`trusts ${what}`, () =>
        linked(tlsUrl, withTls({ ca }), async (link) => {
          await assert.rejects(link.run(ECHO, ['k'], ['v']), SharedStoreError);
        }));
    }

    test('is verified whatever the environment says', async (t) => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
      await linked(tlsUrl, withTls({}), async (link) => {
        await assert.rejects(link.run(ECHO, ['k'], ['v']), SharedStoreError);
      });
    });

    test('is closed in the middle of a handshake without a word', async () => {
      for (let turns = 0; turns < 24; turns += 2) {
        const link = await linkTo(tlsUrl, milliseconds(2000), withTls({ ca: LOOPBACK.cert }));
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        await link.close();
      }
    });

    test('shows a certificate where one is asked for', async () => {
      await redis.inside.config('SET', 'tls-auth-clients', 'yes');
      await linked(tlsUrl, withTls({ ca: LOOPBACK.cert }), async (link) => {
        await assert.rejects(link.run(ECHO, ['k'], ['v']), SharedStoreError);
      });
      await linked(tlsUrl, withTls({ ca: LOOPBACK.cert, identity: own }), async (link) => {
        assert.deepEqual(await patiently(() => link.run(ECHO, ['k'], ['v'])), ['k', 'v']);
      });
    });
  });
});

describe('the link to', { concurrency: 2, skip: withoutRedis }, () => {
  test('Sentinels follows the master when another takes over', async () => {
    await using sentinel = await startSentinel('reports');
    const more = { sentinelMaster: 'reports' };
    await linked(sentinel.url, more, async (link) => {
      const changes: string[] = [];
      let told = 0;
      link.watch('channel', (change) => {
        if (change === 'changed') told += 1;
        else changes.push(change);
      });
      await link.run(PUT, ['k'], ['before']);
      await sentinel.master.kill();
      assert.equal(await patiently(() => link.run(PUT, ['k'], ['after'])), 'after');
      assert.equal(await sentinel.replica.inside.get('k'), 'after');
      assert.deepEqual(changes.slice(0, 2), ['lost', 'reachable']);
      const before = told;
      while (told === before) {
        await patiently(() => link.run(TELL, ['k'], ['channel']));
        await sleep(10);
      }
    });
  });

  test('a Cluster finds the node of each key, and hears what is told on another', async () => {
    await using cluster = await startCluster();
    await linked(cluster.url, { cluster: true }, async (link) => {
      const tags = Array.from({ length: 12 }, (_, number) => `{tag-${number}}`);
      for (const tag of tags) assert.equal(await link.run(PUT, [`${tag}:a`], [tag]), tag);
      const held = await Promise.all(cluster.nodes.map(({ inside }) => inside.dbsize()));
      assert.equal(
        held.reduce((sum, it) => sum + it),
        tags.length,
      );
      assert.ok(
        held.every((it) => it > 0),
        'all three have some',
      );
      let told = 0;
      link.watch('channel', (change) => {
        if (change === 'changed') told += 1;
      });
      for (const [number] of tags.entries()) await link.run(TELL, [`{tag-${number}}`], ['channel']);
      while (told < 2) {
        await link.run(TELL, ['{tag-0}'], ['channel']);
        await sleep(5);
      }
    });
  });
});
