import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gunzipSync } from 'node:zlib';
import { withProxy } from '../../support/proxy-world.ts';
import { answerReport, answerWith, REPORT } from '../../support/scripted-upstream.ts';

const ACCEPTED: readonly (readonly [acceptEncoding: string | undefined, gzip: boolean])[] = [
  [undefined, false],
  ['', false],
  ['identity', false],
  ['gzip', true],
  ['GZIP', true],
  ['x-gzip', true],
  ['br, gzip;q=0.1', true],
  ['*', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['br', false],
  ['gzipped', false],
];

test('the upstream is always asked for gzip; callers get it if they take it, else the decoded bytes', async () => {
  for (const settings of [{}, { CACHE_MAX_BYTES: '0' }]) {
    await withProxy(
      answerReport(),
      async (proxy, upstream) => {
        for (const [acceptEncoding, gzip] of ACCEPTED) {
          const headers = acceptEncoding === undefined ? [] : ['Accept-Encoding', acceptEncoding];
          const answer = await proxy.get('/year', headers);
          assert.equal(answer.header('content-encoding'), gzip ? 'gzip' : undefined, acceptEncoding);
          assert.equal((gzip ? gunzipSync(answer.body) : answer.body).toString(), REPORT);
          assert.match(answer.header('vary') ?? '', /Accept-Encoding/);
        }
        for (const { lines } of upstream.requests) assert.deepEqual(lines('accept-encoding'), ['gzip']);
      },
      { settings },
    );
  }
});

test('an encoding that nobody asked for is refused: no caller said that it can take it', () => {
  const body = brotliCompressSync('a,b');
  return withProxy(
    answerWith(200, ['Content-Type', 'text/csv', 'Content-Encoding', 'br'], body),
    async (proxy) => {
      const answer = await proxy.get('/year.csv');
      assert.equal(answer.status, 502);
      assert.match(answer.text, /upstream-invalid/);
    },
  );
});

test('a body that is not the gzip that it says it is tears the answer of who wants it decoded, and of nobody else', () =>
  withProxy(
    answerWith(200, ['Content-Type', 'text/csv', 'Content-Encoding', 'gzip'], 'no gzip'),
    async (proxy) => {
      await assert.rejects(proxy.get('/year.csv'));
      assert.equal((await proxy.get('/year.csv', ['Accept-Encoding', 'gzip'])).text, 'no gzip');
      await assert.rejects(proxy.get('/year.csv'));
      await proxy.answeredCount(3);
      assert.deepEqual(
        proxy.answered.map(({ problem }) => problem),
        ['upstream-invalid', undefined, 'upstream-invalid'],
      );
    },
  ));

test('an empty body is an empty body, compressed or not', () =>
  withProxy(answerWith(200, ['Content-Type', 'text/csv', 'Content-Encoding', 'gzip']), async (proxy) => {
    for (let i = 0; i < 2; i++) assert.equal((await proxy.get('/year.csv')).text, '');
  }));
