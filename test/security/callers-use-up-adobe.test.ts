import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { call } from '../support/http-client.ts';
import { type ProxyWorld, turn, withProxy } from '../support/proxy-world.ts';
import { answerReport, answerWith, REPORT } from '../support/scripted-upstream.ts';

const TEN_A_SECOND = { UPSTREAM_MAX_REQUESTS_PER_SECOND: '10' };
const NO_CACHE = ['Cache-Control', 'no-cache'];
const RATE_LIMITED = /"type":"urn:cmu-proxy:problem:rate-limited"/;

/** Statuses of as many requests, one after the other, each for a report of its own. */
const ask = async (proxy: ProxyWorld, times: number, headers: readonly string[] = []): Promise<number[]> => {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) {
    const { status } = await proxy.get(`/tenant?of=${proxy.answered.length}`, [...headers]);
    statuses.push(status);
  }
  return statuses;
};

const ok = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;

test('random paths go upstream as often as two seconds allow at once, and then at the pace that is allowed', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      assert.equal(ok(await ask(proxy, 30)), 20);
      proxy.pass(1000);
      assert.equal(ok(await ask(proxy, 30)), 10);
      assert.equal(upstream.requests.length, 30);
      assert.equal(proxy.fetched.length, 30, 'what was not sent is no failure of the upstream');
    },
    { settings: TEN_A_SECOND },
  ));

test('beyond the bound a caller gets what is stored, stale or not, whatever it wished; else when to come back', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      await proxy.get('/year');
      await ask(proxy, 19);
      for (const headers of [NO_CACHE, ['Cache-Control', 'no-store'], ['Cache-Control', 'max-age=0']]) {
        const { status, text, header } = await proxy.get('/year', headers);
        assert.deepEqual([status, text], [200, REPORT]);
        assert.match(header('cache-status') ?? '', /^cmu-proxy; hit; ttl=\d+; detail=rate-limited$/);
      }
      const [last] = proxy.answered.slice(-1);
      assert.deepEqual([last?.cache, last?.insteadOf, last?.problem], ['hit', 'rate-limited', undefined]);
      const refused = await proxy.get('/month');
      assert.equal(refused.status, 503);
      assert.match(refused.text, RATE_LIMITED);
      assert.equal(refused.header('retry-after'), '1');
      assert.equal(refused.header('proxy-status'), 'cmu-proxy; error=http_request_denied');
      assert.equal(upstream.requests.length, 20);
    },
    { settings: { ...TEN_A_SECOND, CACHE_CALLER_DIRECTIVES: 'honour' } },
  ));

test('a refresh behind a stale report counts as well, and a refusal is remembered as no failure', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      await proxy.get('/minute');
      proxy.pass(61_000);
      await ask(proxy, 20);
      assert.equal((await proxy.get('/minute')).header('cache-status'), 'cmu-proxy; hit; ttl=-1');
      assert.equal(upstream.requests.length, 21);
      proxy.pass(1000);
      await proxy.get('/minute');
      while (proxy.fetched.length < 22) await turn();
      assert.equal(upstream.requests.length, 22);
    },
    { settings: TEN_A_SECOND },
  ));

test('callers who want it new all the time get it once in ten seconds, for each report', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    for (let i = 0; i < 300; i++) {
      const wish = i % 2 === 0 ? 'no-cache' : 'no-store';
      assert.equal((await proxy.get('/year', ['Cache-Control', wish])).status, 200);
    }
    assert.equal(upstream.requests.length, 1);
    proxy.pass(10_000);
    await Promise.all([proxy.get('/year', NO_CACHE), proxy.get('/month', NO_CACHE)]);
    assert.equal(upstream.requests.length, 3);
  }));

test('one caller comes to its own bound, and the others are served', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      const [script, dashboards] = [
        ['X-Cmu-Proxy-Token', 'script'],
        ['X-Cmu-Proxy-Token', 'dashboards'],
      ];
      assert.equal(ok(await ask(proxy, 50, script)), 4);
      assert.equal(ok(await ask(proxy, 50, dashboards)), 40);
      assert.match((await proxy.get('/year', script)).text, /your entry in `listen.callerTokens`/);
      assert.equal(upstream.requests.length, 44);
    },
    {
      settings: {
        LISTEN_CALLER_TOKENS: JSON.stringify([
          { name: 'script', sha256: sha256('script'), maxRequestsPerSecond: 2 },
          { name: 'dashboards', sha256: sha256('dashboards') },
        ]),
      },
    },
  ));

test('requests for an API are bounded as well, with reports from the same origin, and a body is not waited for', () =>
  withProxy(
    answerWith(200, [], 'done'),
    async (proxy, upstream) => {
      const url = `${new URL(proxy.url).origin}/control/a`;
      for (let i = 0; i < 20; i++) {
        assert.equal((await call(url, { method: 'DELETE' })).status, 200);
      }
      const refused = await call(url, { method: 'POST', headers: ['Content-Length', '1000'] });
      assert.equal(refused.status, 503);
      assert.match(refused.text, RATE_LIMITED);
      assert.equal((await proxy.get('/year')).status, 503);
      assert.equal(upstream.requests.length, 20);
    },
    {
      settings: {
        ...TEN_A_SECOND,
        ROUTES: JSON.stringify([
          { name: 'tve', kind: 'api', prefix: '/control', upstream: { prefix: '/control' } },
          { name: 'cmu', prefix: '/cmu/v2' },
        ]),
      },
    },
  ));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
