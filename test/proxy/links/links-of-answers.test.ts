import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { startProxyWorld, withProxy } from '../../support/proxy-world.ts';
import { answerReport, answerWith, startUpstream } from '../../support/scripted-upstream.ts';

test('redirects are passed on, never followed; those within the API stay on the proxy', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      const cases: readonly (readonly [location: string, seen: string])[] = [
        ['http://evil.test/cmu/v2/x', 'http://evil.test/cmu/v2/x'],
        ['/cmu/v2/other', '/reports/other'],
        [`${upstream.url.origin}/cmu/v2/other?a!=b`, '/reports/other?a!=b'],
        ['/login', '/login'],
      ];
      for (const status of [301, 302, 307, 308]) {
        for (const [location, seen] of cases) {
          upstream.script = answerWith(status, ['Location', location]);
          const before = upstream.requests.length;
          const answer = await proxy.get('/year');
          assert.deepEqual([answer.status, answer.header('location')], [status, seen]);
          assert.equal(upstream.requests.length, before + 1);
        }
      }
    },
    { settings: { LISTEN_PREFIX: '/reports' } },
  ));

test('links of a report lead back to the proxy, also from an alias, and the stored copy is the mapped one', async () => {
  const links =
    '{"_links":{"self":{"href":"/cmu/v2/year/month/day/tenant?limit=1000"},"drill-down":[{"href":"\\/cmu\\/v2\\/x"},{"href":"https://docs.adobe.com/x"}]}}';
  const mapped = links.replace('/cmu/v2/year', '/reports/year').replace('\\/cmu\\/v2\\/x', '/reports/x');
  await withProxy(
    answerReport(links, ['ETag', '"of-the-bytes"', 'Repr-Digest', 'sha-256=:x:']),
    async (proxy, upstream) => {
      for (let i = 0; i < 2; i++) {
        const plain = await proxy.get('/billing/daily');
        assert.equal(plain.text, mapped);
        assert.equal(plain.header('repr-digest'), undefined);
        assert.notEqual(plain.header('etag'), '"of-the-bytes"');
        const gzip = await proxy.get('/billing/daily', ['Accept-Encoding', 'gzip']);
        assert.equal(gunzipSync(gzip.body).toString(), mapped);
      }
      assert.deepEqual(
        upstream.requests.map(({ target }) => target),
        ['/v2/billing/daily'],
      );
    },
    { settings: { LISTEN_PREFIX: '/reports', UPSTREAM_PREFIX: '/v2' } },
  );
});

test('absolute links of the origin are mapped even where paths need it not, however small its first bytes', async () => {
  await using upstream = await startUpstream((response) => {
    const text = `{"_links":{"self":{"href":"${upstream.url.origin}/cmu/v2/year"}}}`;
    const body = gzipSync(text);
    response.writeHead(200, ['Content-Type', 'application/json', 'Content-Encoding', 'gzip']);
    // As an encoder does that writes its header before it knows more.
    response.write(body.subarray(0, 10));
    setTimeout(() => response.end(body.subarray(10)), 20);
  });
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  assert.equal((await proxy.get('/year')).text, '{"_links":{"self":{"href":"/cmu/v2/year"}}}');
});
