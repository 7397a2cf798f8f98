import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheStatusOf, turn, withProxy } from '../../support/proxy-world.ts';
import { answerReport, answerWith, counting, REPORT } from '../../support/scripted-upstream.ts';

const HOUR = 3_600_000;
/** Below `/year/month`: two days by Adobe's schedule. */
const LIFETIME = 48 * HOUR;
const PATH = '/year/month';

test('a report is fetched once for its lifetime; Age, ttl and the validator tell how it stands', () =>
  withProxy(counting(), async (proxy, upstream) => {
    const first = await proxy.get(PATH);
    assert.equal(first.header('cache-status'), 'cmu-proxy; fwd=uri-miss; stored; ttl=172800');
    assert.equal(first.header('age'), undefined);
    proxy.pass(HOUR);
    const second = await proxy.get(PATH);
    assert.equal(second.header('cache-status'), 'cmu-proxy; hit; ttl=169200');
    assert.equal(second.header('age'), '3600');
    assert.match(second.header('etag') ?? '', /^"[\w-]+"$/);
    assert.equal(second.text, first.text);
    assert.equal(second.header('content-type'), 'application/json;charset=utf-8');
    proxy.pass(LIFETIME - HOUR - 1);
    assert.match(await cacheStatusOf(proxy, PATH), /hit; ttl=0$/);
    assert.equal(upstream.requests.length, 1);
  }));

test('past its lifetime it is served at once and fetched anew behind that, once', () =>
  withProxy(counting(), async (proxy, upstream) => {
    await proxy.get(PATH);
    proxy.pass(LIFETIME + 1000);
    const stale = await Promise.all(Array.from({ length: 20 }, () => proxy.get(PATH)));
    for (const { text, header } of [stale[0] ?? assert.fail()]) {
      assert.equal(text, '{"report":[1]}');
      assert.equal(header('cache-status'), 'cmu-proxy; hit; ttl=-1');
    }
    while (proxy.fetched.length < 2) await proxy.get(PATH);
    const fresh = await proxy.get(PATH);
    assert.equal(fresh.text, '{"report":[2]}');
    assert.equal(upstream.requests.length, 2);
  }));

test('past the time in which that is allowed, the caller waits for the new one', () =>
  withProxy(counting(), async (proxy) => {
    await proxy.get(PATH);
    proxy.pass(LIFETIME + HOUR);
    const answer = await proxy.get(PATH);
    assert.equal(answer.text, '{"report":[2]}');
    assert.equal(answer.header('cache-status'), 'cmu-proxy; fwd=stale; stored; ttl=172800');
  }));

test('who insists on a new answer gets the failure, though a copy is there, and is not held off by the pause for refreshes', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      await proxy.get(PATH);
      upstream.script = answerWith(500, [], 'oops');
      for (let i = 0; i < 2; i++) {
        const answer = await proxy.get(PATH, ['Cache-Control', 'no-cache']);
        assert.deepEqual([answer.status, answer.text], [500, 'oops']);
      }
      assert.equal(upstream.requests.length, 3);
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  ));

test('a report that is gone or forbidden by now is not served on from the store', async () => {
  for (const [status, body] of [
    [404, 'no such report'],
    [403, 'not yours'],
  ] as const) {
    await withProxy(answerReport(), async (proxy, upstream) => {
      await proxy.get(PATH);
      upstream.script = answerWith(status, [], body);
      proxy.pass(LIFETIME + 1000);
      await proxy.get(PATH);
      while (proxy.fetched.length < 2) await turn();
      const answer = await proxy.get(PATH);
      assert.deepEqual([answer.status, answer.text], [status, body]);
    });
  }
});

test('an ETag of the origin validates the stored report: a 304 renews it, and its connection lives on', () =>
  withProxy(
    answerReport(REPORT, ['ETag', '"v1"', 'Cache-Control', 'max-age=60']),
    async (proxy, upstream) => {
      await proxy.get(PATH);
      upstream.script = (response) => {
        response.writeHead(304, ['ETag', '"v1"', 'Cache-Control', 'max-age=120']);
        response.end();
      };
      for (let i = 1; i <= 3; i++) {
        proxy.pass(24 * HOUR);
        const answer = await proxy.get(PATH);
        assert.deepEqual([answer.status, answer.text], [200, REPORT]);
        assert.equal(answer.header('cache-status'), 'cmu-proxy; fwd=stale; fwd-status=304; stored; ttl=120');
        assert.deepEqual(upstream.requests[i]?.lines('if-none-match'), ['"v1"']);
      }
      assert.equal(upstream.connections, 1);
    },
  ));

test('request directives are obeyed', () =>
  withProxy(
    counting(),
    async (proxy, upstream) => {
      const ask = async (directives: string) => {
        const { status, header, text } = await proxy.get(PATH, ['Cache-Control', directives]);
        return `${status} ${header('cache-status')} ${status === 200 ? text : ''}`;
      };
      assert.match(await ask('only-if-cached'), /^504 cmu-proxy; fwd=request; detail=only-if-cached/);
      assert.equal(upstream.requests.length, 0);
      assert.match(await ask('max-age=600'), /fwd=uri-miss; stored.*\[1\]/);
      assert.match(await ask('only-if-cached'), /hit.*\[1\]/);
      proxy.pass(601_000);
      assert.match(await ask('max-age=900'), /hit.*\[1\]/);
      assert.match(await ask('max-age=600'), /fwd=request; stored.*\[2\]/);
      assert.match(await ask('no-cache'), /fwd=request; stored.*\[3\]/);
      assert.match(await ask('no-store'), /fwd=request \{"report":\[4\]/);
      assert.match(await ask('max-stale'), /hit.*\[3\]/);
      assert.match(await cacheStatusOf(proxy, PATH, ['Pragma', 'no-cache']), /fwd=request; stored/);
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  ));

test('the cache can be switched off: every call is one upstream, conditions and all', () =>
  withProxy(
    counting(['ETag', '"v1"']),
    async (proxy, upstream) => {
      for (let i = 1; i <= 3; i++) assert.equal((await proxy.get(PATH)).text, `{"report":[${i}]}`);
      assert.equal((await proxy.get(PATH)).header('cache-status'), 'cmu-proxy; fwd=bypass');
      upstream.script = answerWith(304, ['ETag', '"v1"']);
      const conditional = await proxy.get(PATH, ['If-None-Match', '"v1"']);
      assert.equal(conditional.status, 304);
      assert.deepEqual(upstream.requests.at(-1)?.lines('if-none-match'), ['"v1"']);
    },
    { settings: { CACHE_MAX_BYTES: '0' } },
  ));
