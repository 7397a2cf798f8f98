import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../../support/http-client.ts';
import { cacheStatusOf, turn, withProxy } from '../../support/proxy-world.ts';
import { answerReport, REPORT } from '../../support/scripted-upstream.ts';

const PATH = '/year/month';

test('a report tells its entity tag from the first answer on, and is not sent to a caller who has it', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      for (const [path, headers] of [
        ['/year', []],
        ['/year/month', ['Accept-Encoding', 'gzip']],
      ] as const) {
        const first = await proxy.get(path, headers);
        const etag = first.header('etag') ?? assert.fail();
        assert.equal((await proxy.get(path, headers)).header('etag'), etag);
        const anew = ['Cache-Control', 'no-cache', 'If-None-Match', etag, ...headers];
        const { status, body, header } = await proxy.get(path, anew);
        assert.deepEqual(
          [status, body.length, header('etag'), header('content-type')],
          [304, 0, etag, undefined],
        );
      }
      assert.equal(upstream.requests.length, 4);
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  ));

test('conditions, ranges and HEAD are answered from the stored report', () =>
  withProxy(
    answerReport(REPORT, ['Content-Disposition', 'attachment; filename=r.json']),
    async (proxy, upstream) => {
      await proxy
        .get(PATH, [
          'If-None-Match',
          '"other"',
          'Range',
          'bytes=0-1',
          'If-Modified-Since',
          new Date().toUTCString(),
        ])
        .then(({ status, text }) => assert.deepEqual([status, text], [200, REPORT]));
      const plain = await proxy.get(PATH);
      const gzip = await proxy.get(PATH, ['Accept-Encoding', 'gzip']);
      assert.notEqual(plain.header('etag'), gzip.header('etag'));
      for (const answer of [plain, gzip]) {
        const { status, body, header } = await proxy.get(PATH, [
          ...['If-None-Match', `"other", ${answer.header('etag')}`],
          ...(answer === gzip ? ['Accept-Encoding', 'gzip'] : []),
        ]);
        assert.deepEqual([status, body.length, header('etag')], [304, 0, answer.header('etag')]);
        assert.equal(header('content-type'), undefined);
      }
      assert.equal((await proxy.get(PATH, ['If-None-Match', '"other"'])).status, 200);
      // Adobe's Last-Modified does not say when a report changed, so no date can be met.
      assert.equal((await proxy.get(PATH, ['If-Modified-Since', new Date().toUTCString()])).status, 200);

      const part = await proxy.get(PATH, ['Range', 'bytes=2-7']);
      assert.deepEqual(
        [part.status, part.text, part.header('content-range')],
        [206, REPORT.slice(2, 8), `bytes 2-7/${REPORT.length}`],
      );
      const beyond = await proxy.get(PATH, ['Range', 'bytes=1000-']);
      assert.deepEqual([beyond.status, beyond.header('content-range')], [416, `bytes */${REPORT.length}`]);
      const compressed = await proxy.get(PATH, ['Range', 'bytes=0-3', 'Accept-Encoding', 'gzip']);
      assert.deepEqual([...compressed.body], [...gzip.body.subarray(0, 4)]);
      const other = await proxy.get(PATH, ['Range', 'bytes=2-7', 'If-Range', '"other"']);
      assert.deepEqual([other.status, other.text], [200, REPORT]);

      const head = await call(proxy.url + PATH, { method: 'HEAD' });
      assert.deepEqual(
        [head.status, head.body.length, head.header('content-length')],
        [200, 0, String(REPORT.length)],
      );
      assert.equal(head.header('content-disposition'), 'attachment; filename=r.json');
      assert.equal(upstream.requests.length, 1);
    },
  ));

test('a HEAD for what is not stored is a GET upstream, whose report is kept', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    // RFC 9110 §14.2: a range is for GET alone.
    const head = await call(proxy.url + PATH, { method: 'HEAD', headers: ['Range', 'bytes=2-7'] });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.equal(upstream.requests[0]?.method, 'GET');
    while (proxy.cache?.contents().entries === 0) await turn();
    assert.match(await cacheStatusOf(proxy, PATH), /hit/);
  }));
