import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { begin, call } from '../../support/http-client.ts';
import { cacheStatusOf, turn, withProxy } from '../../support/proxy-world.ts';
import { answerReport, answerWith, REPORT } from '../../support/scripted-upstream.ts';

const PATH = '/year/month';
/** Two days, by Adobe's schedule for this path. */
const LIFETIME = 172_800_000;

test('a torn answer is torn for the caller as well, and never stored', async () => {
  const whole = gzipSync(`{"report":["${randomBytes(5_000).toString('hex')}"]}`);
  for (const headers of [
    ['Content-Length', String(whole.length)],
    ['Transfer-Encoding', 'chunked'],
  ]) {
    await withProxy(
      (response) => {
        response.writeHead(200, ['Content-Type', 'application/json', 'Content-Encoding', 'gzip', ...headers]);
        response.write(whole.subarray(0, whole.length - 10), () => response.destroy());
      },
      async (proxy, upstream) => {
        await assert.rejects(proxy.get(PATH), { code: 'ECONNRESET' });
        await assert.rejects(proxy.get(PATH, ['Accept-Encoding', 'gzip']), { code: 'ECONNRESET' });
        assert.equal(proxy.cache?.contents().entries, 0);
        upstream.script = answerReport();
        assert.match(await cacheStatusOf(proxy, PATH), /fwd=uri-miss; stored/);
      },
    );
  }
});

test('an answer whose end cannot be told from a torn connection passes, and is not stored', () =>
  withProxy(
    (response) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, ['Content-Type', 'text/csv', 'Connection', 'close']);
      response.end('a,b');
    },
    async (proxy) => {
      assert.equal((await proxy.get(PATH)).text, 'a,b');
      assert.match(await cacheStatusOf(proxy, PATH), /^200 cmu-proxy; fwd=uri-miss$/);
    },
  ));

test('errors are not stored, nor is anything but a complete 200', async () => {
  for (const status of [201, 203, 204, 301, 302, 307, 400, 403, 404, 406, 410, 500]) {
    await withProxy(
      answerWith(status, ['Cache-Control', 'max-age=60', 'Location', '/cmu/v2/x']),
      async (proxy, upstream) => {
        for (let i = 0; i < 2; i++) assert.equal((await proxy.get(PATH)).status, status);
        assert.equal(upstream.requests.length, 2, `${status}`);
      },
    );
  }
});

test('what the answer says of itself wins over the schedule', async () => {
  const cases: readonly (readonly [field: string, value: string, requests: number])[] = [
    ['Cache-Control', 'max-age=60', 1],
    ['Cache-Control', 'no-store', 2],
    ['Cache-Control', 'private', 2],
    ['Vary', '*', 2],
  ];
  for (const [field, value, requests] of cases) {
    await withProxy(answerReport(REPORT, [field, value]), async (proxy, upstream) => {
      await proxy.get(PATH);
      await proxy.get(PATH);
      assert.equal(upstream.requests.length, requests, value);
    });
  }
});

test('a report beyond the bound of an entry passes, and is not stored', async () => {
  const CHUNK = Buffer.alloc(65_536, 'x');
  const CHUNKS = 48;
  for (const framing of [
    ['Content-Length', String(CHUNK.length * CHUNKS)],
    ['Transfer-Encoding', 'chunked'],
  ]) {
    await withProxy(
      (response) => {
        response.writeHead(200, ['Content-Type', 'text/csv', ...framing]);
        let sent = 0;
        const more = () => {
          while (sent < CHUNKS) {
            sent++;
            if (!response.write(CHUNK)) {
              response.once('drain', more);
              return;
            }
          }
          response.end();
        };
        more();
      },
      async (proxy) => {
        const { response } = await begin(proxy.url + PATH);
        let bytes = 0;
        for await (const chunk of response) bytes += chunk.length;
        assert.equal(bytes, CHUNK.length * CHUNKS);
        assert.equal(proxy.cache?.contents().entries, 0);
      },
      { settings: { CACHE_MAX_ENTRY_BYTES: '1048576' } },
    );
  }
});

test('a report that has outgrown the bound of an entry takes the place of the one that is stored', () =>
  withProxy(
    answerReport('year\n', [], 'text/csv'),
    async (proxy, upstream) => {
      await proxy.get('/year/month.csv');
      const large = 'x'.repeat(5_000);
      upstream.script = (response) => {
        response.writeHead(200, ['Content-Type', 'text/csv']);
        response.write(large.slice(0, 2_000));
        response.end(large.slice(2_000));
      };
      proxy.pass(LIFETIME + 1_000);
      await proxy.get('/year/month.csv');
      while (proxy.cache?.contents().entries !== 0) await turn();
      assert.equal((await proxy.get('/year/month.csv')).text, large);
    },
    { settings: { CACHE_MAX_ENTRY_BYTES: '1024' } },
  ));

test('the bound of all entries holds', () =>
  withProxy(
    (response) => answerReport(JSON.stringify(Array.from({ length: 2_000 }, Math.random)))(response),
    async (proxy) => {
      for (let i = 0; i < 60; i++) await proxy.get(`/year/month?limit=${i}`);
      const { bytes, maxBytes, evictions, entries } = proxy.cache?.contents() ?? assert.fail();
      assert.ok(bytes <= maxBytes && bytes > maxBytes / 2, `${bytes} of ${maxBytes}`);
      assert.ok(evictions > 0 && entries < 60);
    },
    { settings: { CACHE_MAX_BYTES: '500000', CACHE_MAX_ENTRY_BYTES: '200000' } },
  ));

test('a report that came without a date tells the time of its receipt, also from the store', () =>
  withProxy(
    (response) => {
      response.sendDate = false;
      answerReport()(response);
    },
    async (proxy) => {
      const received = new Date(proxy.time.now()).toUTCString();
      assert.equal((await proxy.get(PATH)).header('date'), received);
      proxy.pass(5_000);
      const kept = new Agent({ keepAlive: true });
      for (let i = 0; i < 2; i++) {
        const hit = await call(proxy.url + PATH, { agent: kept });
        assert.deepEqual([hit.header('date'), hit.header('age')], [received, '5']);
      }
      kept.destroy();
    },
  ));
