import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProxyWorld, withProxy } from '../../support/proxy-world.ts';
import { answerReport, answerWith } from '../../support/scripted-upstream.ts';

const told = async (proxy: ProxyWorld, path: string, headers: readonly string[] = []): Promise<string> => {
  const { status, header } = await proxy.get(path, [...headers]);
  return `${status} ${header('cache-control')} ${header('age')}`;
};

test('callers are told how long a report lasts, and how much of that is over: first, later, decoded, unmodified, stale', () =>
  withProxy(answerReport(), async (proxy) => {
    const path = '/year/month/day';
    assert.equal(await told(proxy, path), '200 max-age=10800 undefined');
    assert.equal(await told(proxy, path), '200 max-age=10800 0');
    proxy.pass(10_000_500);
    const etag = (await proxy.get(path)).header('etag') ?? '';
    assert.equal(await told(proxy, path, ['If-None-Match', etag]), '304 max-age=10800 10000');
    assert.equal(await told(proxy, path, ['Range', 'bytes=0-3']), '206 max-age=10800 10000');
    proxy.pass(1_000_000);
    // What is left is negative: nobody in front takes it for fresh.
    assert.equal(await told(proxy, path), '200 max-age=10800 11000');
  }));

test('the origin’s own word is not changed, and is told alone', () =>
  withProxy(answerReport(undefined, ['Cache-Control', 'max-age=7', 'Age', '2']), async (proxy) => {
    assert.equal(await told(proxy, '/year'), '200 max-age=7 2');
    proxy.pass(3000);
    assert.equal(await told(proxy, '/year'), '200 max-age=7 5');
  }));

test('what is not to be stored says so: errors, and what is no report', async () => {
  for (const [status, type] of [
    [404, 'text/plain'],
    [500, 'text/plain'],
    [200, 'text/html'],
  ] as const) {
    await withProxy(
      answerWith(status, ['Content-Type', type, 'Last-Modified', LONG_AGO], 'no'),
      async (proxy) => assert.equal(await told(proxy, '/year'), `${status} no-store undefined`),
    );
  }
  await withProxy(answerReport(), async (proxy) => {
    const { header } = await proxy.get('/x', ['Cache-Control', 'only-if-cached']);
    assert.equal(header('cache-control'), 'no-store');
  });
});

test('nobody is told where that is not wanted, nor what the origin’s own word decides', async () => {
  for (const settings of [{ CACHE_TELL_FRESHNESS: 'false' }, { CACHE_MAX_BYTES: '0' }]) {
    await withProxy(
      answerReport(),
      async (proxy) => {
        assert.equal(await told(proxy, '/year'), '200 undefined undefined');
        assert.match(await told(proxy, '/year'), /^200 undefined /);
      },
      { settings },
    );
  }
  await withProxy(
    answerWith(404, [], 'no'),
    async (proxy) => assert.equal(await told(proxy, '/year'), '404 undefined undefined'),
    { settings: { CACHE_POLICY: 'http' } },
  );
});

const LONG_AGO = 'Mon, 01 Jan 2001 00:00:00 GMT';
