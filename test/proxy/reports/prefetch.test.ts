import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PrefetchFailure, WantedReport } from '../../../src/proxy/reports/prefetch.ts';
import { cacheStatusOf, type ProxyWorld, withProxy } from '../../support/proxy-world.ts';
import { answerAsAsked, answerReport, answerWith, counting } from '../../support/scripted-upstream.ts';

const wanted = (path: string, accept?: string): WantedReport => ({ target: `/cmu/v2${path}`, accept });

const prefetch = (proxy: ProxyWorld, report: WantedReport): Promise<PrefetchFailure | undefined> =>
  proxy.gateway.prefetch(report);

test('a prefetched report is a hit for the first caller, under the very key that callers use', () =>
  withProxy(answerAsAsked, async (proxy, upstream) => {
    const reports = [
      [
        wanted('/year/month?metrics=active-users,bstreams-30'),
        '/year/month?metrics=active-users,bstreams-30',
      ],
      [wanted('/year.csv'), '/year.csv'],
      [wanted('/year', 'application/xml'), '/year', ['Accept', 'application/xml']],
    ] as const;
    for (const [report, path, headers] of reports) {
      assert.equal(proxy.gateway.freshUntil(report), undefined);
      assert.equal(await prefetch(proxy, report), undefined);
      assert.ok((proxy.gateway.freshUntil(report) ?? 0) > proxy.time.now());
      assert.match(await cacheStatusOf(proxy, path, headers ?? []), /^200 cmu-proxy; hit/);
    }
    assert.equal(upstream.requests.length, 3);
    assert.deepEqual(upstream.requests[2]?.lines('accept'), ['application/xml']);
    assert.equal(proxy.answered.length, 3, 'a prefetch is no request of a caller');
  }));

test('it shares the flight of a caller who was first, and the other way round', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const [failure, first, second] = await Promise.all([
      prefetch(proxy, wanted('/year')),
      proxy.get('/year'),
      prefetch(proxy, wanted('/year')),
    ]);
    assert.equal(failure, undefined);
    assert.equal(second, undefined);
    assert.equal(first.status, 200);
    assert.equal(upstream.requests.length, 1);
  }));

test('a stale report with a validator is validated', () =>
  withProxy(answerReport(undefined, ['ETag', '"v1"']), async (proxy, upstream) => {
    await prefetch(proxy, wanted('/year'));
    proxy.pass(49 * 3_600_000);
    assert.ok((proxy.gateway.freshUntil(wanted('/year')) ?? 0) < proxy.time.now());
    upstream.script = answerWith(304, ['ETag', '"v1"']);
    assert.equal(await prefetch(proxy, wanted('/year')), undefined);
    assert.deepEqual(upstream.requests[1]?.lines('if-none-match'), ['"v1"']);
    assert.match(await cacheStatusOf(proxy, '/year'), /hit; ttl=172800/);
  }));

test('what keeps a report out of the store is told', () =>
  withProxy(counting(), async (proxy, upstream) => {
    const reasonOf = async (script: typeof upstream.script, report = wanted('/year')) => {
      upstream.script = script;
      return (await prefetch(proxy, report))?.reason;
    };
    assert.equal(await reasonOf(answerWith(404, [], 'no such path')), 'status-404');
    assert.equal(await reasonOf(answerWith(404)), 'status-404');
    assert.equal(await reasonOf(answerReport(undefined, ['Cache-Control', 'no-store'])), 'not-stored');
    assert.equal(await reasonOf((response) => response.destroy(), wanted('/torn')), 'upstream-unreachable');
    assert.equal(await reasonOf(answerReport(), { target: '/elsewhere', accept: undefined }), 'no-route');
    assert.equal(await reasonOf(answerReport(), wanted('/../x')), 'no-route');
  }));

test('one that proves too large on the way is given up', () =>
  withProxy(
    (response) => {
      response.writeHead(200);
      response.write(Buffer.alloc(1_000));
      response.write(Buffer.alloc(200_000), () => {});
    },
    async (proxy, upstream) => {
      const failure = await prefetch(proxy, wanted('/year'));
      assert.deepEqual(failure, { reason: 'not-stored' });
      await upstream.requests[0]?.cancelled;
    },
    { settings: { CACHE_MAX_ENTRY_BYTES: '100000' } },
  ));

test('while the route is paused nothing is sent, and the end of the pause is told', () =>
  withProxy(answerWith(429, ['Retry-After', '60']), async (proxy, upstream) => {
    assert.deepEqual(await prefetch(proxy, wanted('/year')), { reason: 'status-429' });
    const failure = await prefetch(proxy, wanted('/month'));
    assert.deepEqual(failure, { reason: 'upstream-throttled', notBefore: proxy.time.now() + 60_000 });
    assert.equal(upstream.requests.length, 1);
  }));
