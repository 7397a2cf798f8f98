import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheStatusOf, withProxy } from '../../support/proxy-world.ts';
import { answerReport, answerWith, hang } from '../../support/scripted-upstream.ts';

const HOUR = 3_600_000;
/** Below `/year/month`: two days by Adobe's schedule. */
const LIFETIME = 48 * HOUR;
const PATH = '/year/month';

test('a killed upstream: what is known goes on, marked stale; what is not gets the problem', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    await proxy.get(PATH);
    await upstream.kill();
    assert.equal(await cacheStatusOf(proxy, PATH), '200 cmu-proxy; hit; ttl=172800');
    proxy.pass(LIFETIME + 2 * HOUR);
    assert.equal(
      await cacheStatusOf(proxy, PATH),
      '200 cmu-proxy; hit; ttl=-7200; detail=upstream-unreachable',
    );
    assert.equal(
      await cacheStatusOf(proxy, PATH),
      '200 cmu-proxy; hit; ttl=-7200; detail=upstream-unreachable',
    );
    const unknown = await proxy.get('/year');
    assert.equal(unknown.status, 502);
    assert.equal(unknown.header('proxy-status'), 'cmu-proxy; error=connection_refused');
    proxy.pass(48 * HOUR);
    assert.equal((await proxy.get(PATH)).status, 502);
  }));

test('a failing upstream does not get a request for each stale hit', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    await proxy.get(PATH);
    upstream.script = answerWith(500, [], 'oops');
    proxy.pass(LIFETIME + 1000);
    for (let i = 0; i < 20; i++)
      assert.match(await cacheStatusOf(proxy, PATH), /^200 cmu-proxy; hit; ttl=-1$/);
    while (proxy.fetched.length < 2) await proxy.get(PATH);
    for (let i = 0; i < 20; i++) await proxy.get(PATH);
    assert.equal(upstream.requests.length, 2);
    proxy.pass(5_000);
    await proxy.get(PATH);
    while (proxy.fetched.length < 3) await proxy.get(PATH);
    assert.equal(upstream.requests.length, 3);
  }));

test('429: nobody sends anything on the route until the pause is over; what is stored goes on being served', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    await proxy.get(PATH);
    upstream.script = answerWith(429, ['Retry-After', '30'], '<html>slow down</html>');
    const throttled = await proxy.get('/year');
    assert.deepEqual([throttled.status, throttled.text], [429, '<html>slow down</html>']);
    upstream.script = answerReport();
    for (const path of ['/year', '/year/month/day']) {
      const answer = await proxy.get(path);
      assert.equal(answer.status, 503);
      assert.equal(answer.header('retry-after'), '30');
      assert.match(answer.text, /upstream-throttled/);
    }
    assert.match(await cacheStatusOf(proxy, PATH), /hit/);
    assert.equal(upstream.requests.length, 2);
    proxy.pass(29_000);
    assert.equal((await proxy.get('/year')).header('retry-after'), '1');
    proxy.pass(1_000);
    assert.equal((await proxy.get('/year')).status, 200);
  }));

test('429 without a pause of its own: one second, or until Expires', () =>
  withProxy(answerWith(429), async (proxy, upstream) => {
    await proxy.get('/year');
    assert.equal((await proxy.get('/year')).header('retry-after'), '1');
    proxy.pass(1_000);
    upstream.script = answerWith(429, [
      'Expires',
      new Date(proxy.time.now() + 60_000).toUTCString(),
      'Date',
      new Date(proxy.time.now()).toUTCString(),
    ]);
    await proxy.get('/year');
    assert.equal((await proxy.get('/year')).header('retry-after'), '60');
  }));

test('503: the report is left alone for as long as it says; others are asked for', () =>
  withProxy(answerWith(503, ['Retry-After', '20'], 'busy'), async (proxy, upstream) => {
    assert.equal((await proxy.get(PATH)).text, 'busy');
    const shared = await proxy.get(PATH);
    assert.equal(shared.status, 503);
    assert.equal(shared.header('retry-after'), '20');
    assert.match(shared.text, /upstream-unavailable/);
    assert.equal(upstream.requests.length, 1);
    assert.equal((await proxy.get('/year')).text, 'busy');
    proxy.pass(20_000);
    upstream.script = answerReport();
    assert.equal((await proxy.get(PATH)).status, 200);
  }));

test('nobody waits for the same time-out twice', () =>
  withProxy(
    hang,
    async (proxy, upstream) => {
      const first = await proxy.get(PATH);
      assert.equal(first.status, 504);
      for (let i = 0; i < 3; i++) {
        const again = await proxy.get(PATH);
        assert.equal(again.status, 504);
        assert.equal(again.header('retry-after'), '5');
      }
      assert.equal(upstream.requests.length, 1);
    },
    { settings: { UPSTREAM_HEADERS_TIMEOUT_MS: '100' } },
  ));
