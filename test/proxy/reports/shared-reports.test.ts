import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { systemEffects } from '../../../src/base/effects.ts';
import { epochMs } from '../../../src/base/units.ts';
import type { SharedEntry, SharedReports, TurnEnd } from '../../../src/cache/shared/shared-reports.ts';
import { StoredResponse } from '../../../src/cache/store/stored-response.ts';
import { type ProxyWorld, startProxyWorld, turn } from '../../support/proxy-world.ts';
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis-server.ts';
import {
  answerReport,
  answerWith,
  REPORT,
  type Script,
  type ScriptedUpstream,
  startUpstream,
} from '../../support/scripted-upstream.ts';
import { startSharing } from '../../support/shared-reports-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Proxies that share reports through something that the test gives, before one upstream. */
async function replicas(
  reports: readonly SharedReports[],
  script: Script,
  use: (proxies: readonly ProxyWorld[], upstream: ScriptedUpstream) => Promise<void>,
): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const upstream = opened.use(await startUpstream(script));
  const proxies: ProxyWorld[] = [];
  for (const shared of reports) {
    const proxy = await startProxyWorld({
      upstream: upstream.url,
      settings: { CACHE_CALLER_DIRECTIVES: 'honour' },
      route: (route) => ({ ...route, caching: route.caching && { ...route.caching, shared } }),
    });
    proxies.push(opened.use(proxy));
  }
  await use(proxies, upstream);
}

/** A shared level in memory that does what it is told, and notes it. */
class ScriptedShared implements SharedReports {
  readonly asked: string[] = [];
  readonly ends: TurnEnd[] = [];
  readonly saved: StoredResponse[] = [];
  copy: StoredResponse | undefined;
  /** Held back until this is resolved. */
  until: Promise<void> = Promise.resolve();

  entry(key: string): SharedEntry {
    return {
      find: async (isGood) => {
        this.asked.push(key);
        await this.until;
        // The copy is looked at, as the real one does, to tell a hit.
        if (this.copy !== undefined) isGood(this.copy);
        return this.copy;
      },
      save: (report) => {
        this.saved.push(report);
        this.copy = report;
      },
      end: (how) => void this.ends.push(how),
    };
  }
}

const one = (
  script: Script,
  use: (proxy: ProxyWorld, upstream: ScriptedUpstream, shared: ScriptedShared) => Promise<void>,
) => {
  const shared = new ScriptedShared();
  return replicas([shared], script, async ([proxy], upstream) => {
    assert.ok(proxy);
    await use(proxy, upstream, shared);
  });
};

/** A copy as another replica would have shared it at its start. */
async function copyOf(script: Script = answerReport()): Promise<StoredResponse> {
  let copy: StoredResponse | undefined;
  await one(script, async (proxy, _upstream, shared) => {
    await proxy.get('/year/month/day');
    copy = shared.copy;
  });
  assert.ok(copy);
  return copy;
}

const statusOf = async (proxy: ProxyWorld, below: string, headers: readonly string[] = []) => {
  const answer = await proxy.get(below, headers);
  return `${answer.status} ${answer.header('cache-status')}`;
};

describe('with reports that replicas share,', () => {
  test('a hit in memory does not look there', () =>
    one(answerReport(), async (proxy, upstream, shared) => {
      await proxy.get('/year');
      assert.equal(shared.asked.length, 1);
      assert.equal(await statusOf(proxy, '/year'), '200 cmu-proxy; hit; ttl=172800');
      assert.equal(shared.asked.length, 1);
      assert.equal(upstream.requests.length, 1);
    }));

  test('a shared report answers a miss, says so, and is then in memory', async () => {
    const copy = await copyOf();
    await one(answerReport(), async (proxy, upstream, shared) => {
      shared.copy = copy;
      proxy.pass(MINUTE);
      const answer = await proxy.get('/year/month/day');
      assert.equal(answer.text, REPORT);
      assert.equal(
        answer.header('cache-status'),
        'cmu-proxy-shared; hit; ttl=10740, cmu-proxy; fwd=uri-miss; stored; ttl=10740',
      );
      assert.equal(answer.header('age'), '60');
      assert.equal(await statusOf(proxy, '/year/month/day'), '200 cmu-proxy; hit; ttl=10740');
      assert.equal(upstream.requests.length, 0);
      assert.deepEqual(
        proxy.answered.map((it) => [it.cache, it.upstreamMs]),
        [
          ['shared', undefined],
          ['hit', undefined],
        ],
      );
      assert.deepEqual(shared.ends, ['left']);
    });
  });

  describe('what is none is dropped, and fetched anew:', () => {
    const gzipped = gzipSync(REPORT);
    for (const [what, spoilt] of [
      ['gzip that is cut', { gzip: true, body: gzipped.subarray(0, -5) }],
      [
        'gzip whose checksum is wrong',
        { gzip: true, body: Buffer.from(gzipped).fill(0, gzipped.length - 8) },
      ],
      ['what is no gzip', { gzip: true, body: Buffer.from(REPORT) }],
      ['a page', { body: Buffer.from('<html></html>') }],
      ['a report that is cut', { body: Buffer.from(REPORT.slice(0, -3)) }],
      ['nothing', { body: Buffer.alloc(0) }],
      ['another type', { headers: ['Content-Type', 'text/html'] }],
    ] as const) {
      test(what, async () => {
        const copy = await copyOf();
        await one(answerReport(), async (proxy, upstream, shared) => {
          shared.copy = new StoredResponse({ ...copy, body: copy.body, ...spoilt });
          assert.equal((await proxy.get('/year/month/day')).text, REPORT);
          assert.equal(upstream.requests.length, 1);
          assert.deepEqual([shared.ends[0], shared.saved.length], ['gone', 1]);
        });
      });
    }
  });

  test('callers who come while it is looked for share what is found', async () => {
    const copy = await copyOf();
    await one(answerReport(), async (proxy, upstream, shared) => {
      shared.copy = copy;
      const { promise, resolve } = Promise.withResolvers<void>();
      shared.until = promise;
      const answers = [1, 2, 3].map(() => proxy.get('/year/month/day'));
      while (proxy.gateway.opened < 3) await turn();
      resolve();
      for (const answer of await Promise.all(answers)) assert.equal(answer.text, REPORT);
      assert.deepEqual([shared.asked.length, upstream.requests.length], [1, 0]);
    });
  });

  test('a HEAD is answered from it, and so are conditions, ranges and callers without gzip', async () => {
    const copy = await copyOf();
    for (const [headers, status, length] of [
      [[], 200, Buffer.byteLength(REPORT)],
      [['If-None-Match', copy.etag.stored, 'Accept-Encoding', 'gzip'], 304, 0],
      [['Range', 'bytes=0-3', 'Accept-Encoding', 'gzip'], 206, 4],
    ] as const) {
      await one(answerReport(), async (proxy, upstream, shared) => {
        shared.copy = copy;
        const answer = await proxy.get('/year/month/day', headers);
        assert.deepEqual([answer.status, answer.body.length], [status, length]);
        assert.equal(upstream.requests.length, 0);
      });
    }
  });

  test('what is fetched is shared, once, as it came', () =>
    one(answerReport(), async (proxy, upstream, shared) => {
      await proxy.get('/year');
      assert.equal(shared.saved.length, 1);
      assert.equal(shared.saved[0]?.gzip, true);
      assert.equal(upstream.requests.length, 1);
    }));

  test('a stale copy is served at once where it may be, and replaced behind', async () => {
    const copy = await copyOf();
    await one(answerReport('{"report":[]}'), async (proxy, upstream, shared) => {
      shared.copy = copy;
      proxy.pass(3 * HOUR + MINUTE);
      assert.equal(
        await statusOf(proxy, '/year/month/day'),
        '200 cmu-proxy-shared; hit; ttl=-60, cmu-proxy; fwd=uri-miss; stored; ttl=-60',
      );
      while (shared.saved.length === 0) await turn();
      assert.equal(upstream.requests.length, 1);
      assert.equal(await statusOf(proxy, '/year/month/day'), '200 cmu-proxy; hit; ttl=10800');
    });
  });

  test('a stale copy that may not be served is confirmed upstream by its validator', async () => {
    const etag: Script = (response, { lines }) => {
      const [known] = lines('if-none-match');
      if (known === '"v1"') response.writeHead(304, ['ETag', '"v1"']).end();
      else answerReport(REPORT, ['ETag', '"v1"'])(response);
    };
    const copy = await copyOf(etag);
    await one(etag, async (proxy, upstream, shared) => {
      shared.copy = copy;
      proxy.pass(10 * HOUR);
      const answer = await proxy.get('/year/month/day');
      assert.equal(answer.text, REPORT);
      assert.equal(
        answer.header('cache-status'),
        'cmu-proxy; fwd=uri-miss; fwd-status=304; stored; ttl=10800',
      );
      assert.equal(upstream.requests.length, 1);
      assert.equal(shared.saved.length, 1, 'the others need not confirm it as well');
    });
  });

  test('a stale copy stands in for an upstream that fails', async () => {
    const copy = await copyOf();
    await one(answerWith(503), async (proxy, _upstream, shared) => {
      shared.copy = copy;
      proxy.pass(10 * HOUR);
      assert.equal(
        await statusOf(proxy, '/year/month/day'),
        '200 cmu-proxy; hit; ttl=-25200; detail=status-503',
      );
      assert.deepEqual(shared.ends, ['nothing-to-share']);
    });
  });

  test('a report that is gone upstream is gone for all', async () => {
    const copy = await copyOf();
    await one(answerWith(404), async (proxy, _upstream, shared) => {
      shared.copy = copy;
      proxy.pass(10 * HOUR);
      assert.equal((await proxy.get('/year/month/day')).status, 404);
      assert.equal(shared.ends[0], 'gone');
    });
  });

  test('a request for a new report does not look there, and the others get what it brings', () =>
    one(answerReport(), async (proxy, upstream, shared) => {
      await proxy.get('/year', ['Cache-Control', 'no-cache']);
      assert.deepEqual([shared.asked.length, shared.saved.length, upstream.requests.length], [0, 1, 1]);
    }));

  test('a request that is to leave no trace leaves none there', () =>
    one(answerReport(), async (proxy, _upstream, shared) => {
      await proxy.get('/year', ['Cache-Control', 'no-store']);
      assert.deepEqual([shared.asked.length, shared.saved.length, shared.ends.length], [0, 0, 0]);
    }));

  test('a request for a stored report only gets 504 without looking there', () =>
    one(answerReport(), async (proxy, _upstream, shared) => {
      assert.equal((await proxy.get('/year', ['Cache-Control', 'only-if-cached'])).status, 504);
      assert.equal(shared.asked.length, 0);
    }));

  test('a shared report that is too old for the request is fetched anew', async () => {
    const copy = await copyOf();
    await one(answerReport(), async (proxy, upstream, shared) => {
      shared.copy = copy;
      proxy.pass(MINUTE);
      await proxy.get('/year/month/day', ['Cache-Control', 'max-age=30']);
      assert.equal(upstream.requests.length, 1);
    });
  });

  test('a caller who leaves while it is looked for hands the turn on, and nothing goes upstream', () =>
    one(answerReport(), async (proxy, upstream, shared) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      shared.until = promise;
      const leaving = new AbortController();
      const answer = fetch(`${proxy.url}/year`, { signal: leaving.signal });
      while (shared.asked.length === 0) await turn();
      leaving.abort();
      await assert.rejects(answer);
      await proxy.answeredCount(1);
      resolve();
      await turn();
      assert.deepEqual([...shared.ends], ['left', 'left']);
      assert.equal(upstream.requests.length, 0);
    }));
});

describe('two proxies with a real Redis between them', { skip: withoutRedis }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis[Symbol.asyncDispose]());

  test('fetch each report once between them', async () => {
    await using opened = new AsyncDisposableStack();
    // By the clock of the proxies.
    const now = () => epochMs(Date.UTC(2024, 0, 1));
    const sharing = { url: redis.url, prefix: 'p', effects: { ...systemEffects, now } };
    const [a, b] = [opened.use(await startSharing(sharing)), opened.use(await startSharing(sharing))];
    await replicas([a.reports, b.reports], answerReport(), async (proxies, upstream) => {
      const reports = ['/year', '/year/month', '/year.json', '/year?metrics=active-users'];
      const answers = await Promise.all(reports.flatMap((below) => proxies.map((proxy) => proxy.get(below))));
      for (const answer of answers) assert.equal(answer.text, REPORT);
      assert.deepEqual(upstream.requests.map(({ target }) => target).sort(), [
        '/cmu/v2/year',
        '/cmu/v2/year.json',
        '/cmu/v2/year/month',
        '/cmu/v2/year?metrics=active-users',
      ]);
      assert.equal([...a.looks, ...b.looks].filter((it) => it === 'miss').length, 4);
    });
  });
});
