import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { begin, call, firstOf } from '../../support/http-client.ts';
import { turn, withProxy } from '../../support/proxy-world.ts';
import { answerReport, counting, REPORT } from '../../support/scripted-upstream.ts';

const PATH = '/year/month';
const CSV = '/year/month.csv';

test('200 callers at once for one report are one request upstream, and get the same bytes', async () => {
  let answer = () => {};
  await withProxy(
    (response) => {
      answer = () => answerReport()(response);
    },
    async (proxy, upstream) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 200 });
      for (let round = 1; round <= 5; round++) {
        const answers = Array.from({ length: 200 }, (_, i) =>
          call(proxy.url + PATH, { agent, headers: i % 2 === 0 ? [] : ['Accept-Encoding', 'gzip'] }),
        );
        while (proxy.gateway.opened < 200 * round || upstream.requests.length < 1) await turn();
        answer();
        const statuses: string[] = [];
        for (const { status, header, body } of await Promise.all(answers)) {
          assert.equal(status, 200);
          const plain = header('content-encoding') === 'gzip' ? gunzipSync(body) : body;
          assert.equal(plain.toString(), REPORT);
          statuses.push(header('cache-status') ?? '');
        }
        const collapsed = statuses.filter((it) => it.includes('collapsed')).length;
        const hits = statuses.filter((it) => it.includes('hit')).length;
        assert.deepEqual([collapsed, hits], round === 1 ? [199, 0] : [0, 200]);
        answer = () => {};
      }
      agent.destroy();
      assert.equal(upstream.requests.length, 1);
    },
  );
});

test('the first bytes reach all who wait, late comers too, while the rest is still to come', async () => {
  let finish = () => {};
  await withProxy(
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', '10']);
      response.write('first');
      finish = () => response.end(' last');
    },
    async (proxy, upstream) => {
      const callers = [await begin(proxy.url + CSV), await begin(proxy.url + CSV)];
      for (const { response } of callers) {
        assert.equal(await firstOf(response), 'first');
      }
      const late = await begin(proxy.url + CSV);
      finish();
      const rest = await Promise.all(
        [...callers, late].map(async ({ response }) => Buffer.concat(await response.toArray()).toString()),
      );
      assert.deepEqual(rest, [' last', ' last', 'first last']);
      assert.equal(upstream.requests.length, 1);
    },
  );
});

test('callers who leave do not disturb those who stay; what nobody may have after them ends with the last', async () => {
  let finish = () => {};
  await withProxy(
    (response) => {
      finish = () => answerReport()(response);
    },
    async (proxy, upstream) => {
      const leaving = new AbortController();
      const gone = call(proxy.url + PATH, { signal: leaving.signal });
      gone.catch(() => {});
      while (upstream.requests.length === 0) await turn();
      const staying = proxy.get(PATH);
      while (proxy.gateway.opened < 2) await turn();
      leaving.abort();
      await proxy.answeredCount(1);
      assert.equal(proxy.answered[0]?.status, 499);
      finish();
      assert.equal((await staying).status, 200);
      assert.equal(upstream.requests.length, 1);

      const all = [new AbortController(), new AbortController()];
      const headers = ['Cache-Control', 'no-store'];
      for (const { signal } of all) call(`${proxy.url}/other`, { signal, headers }).catch(() => {});
      while (upstream.requests.length < 3) await turn();
      for (const one of all) one.abort();
      await upstream.requests[1]?.cancelled;
      await upstream.requests[2]?.cancelled;
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  );
});

test('what was asked for is finished for the next caller, however short the patience of those before', async () => {
  let finish = () => {};
  await withProxy(
    (response) => {
      finish = () => answerReport()(response);
    },
    async (proxy, upstream) => {
      for (let i = 1; i <= 3; i++) {
        const impatient = new AbortController();
        call(proxy.url + PATH, { signal: impatient.signal }).catch(() => {});
        while (proxy.gateway.opened < i || upstream.requests.length === 0) await turn();
        impatient.abort();
        await proxy.answeredCount(i);
      }
      finish();
      while (proxy.cache?.contents().entries !== 1) await turn();
      assert.match((await proxy.get(PATH)).header('cache-status') ?? '', /; hit/);
      assert.equal(upstream.requests.length, 1);
    },
  );
});

test("an answer that is somebody's own is not shared by those who wait at the same time", async () => {
  const answer = counting(['Cache-Control', 'private']);
  let release = () => {};
  await withProxy(
    (response, request) => {
      release = () => answer(response, request);
    },
    async (proxy, upstream) => {
      const both = [proxy.get(PATH), proxy.get(PATH)];
      while (proxy.gateway.opened < 2 || upstream.requests.length < 1) await turn();
      upstream.script = answer;
      release();
      const texts = (await Promise.all(both)).map(({ text }) => text);
      assert.deepEqual(texts.sort(), ['{"report":[1]}', '{"report":[2]}']);
      assert.equal(upstream.requests.length, 2);
    },
  );
});

test('who comes too late for a flight gets one of their own, and one line in the access log', async () => {
  let finish = () => {};
  await withProxy(
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv', 'Transfer-Encoding', 'chunked']);
      response.write('x'.repeat(5_000));
      const before = finish;
      finish = () => {
        before();
        response.end();
      };
    },
    async (proxy, upstream) => {
      const first = await begin(proxy.url + CSV);
      await firstOf(first.response);
      const second = await begin(proxy.url + CSV);
      await firstOf(second.response);
      assert.equal(upstream.requests.length, 2);
      finish();
      for (const { response } of [first, second]) response.resume();
      await proxy.answeredCount(2);
      assert.deepEqual(
        proxy.answered.map(({ status, cache }) => [status, cache]),
        [
          [200, 'miss'],
          [200, 'miss'],
        ],
      );
    },
    { settings: { CACHE_MAX_ENTRY_BYTES: '1024' } },
  );
});

test('a late comer who wants the report decoded gets all that there is, however many pieces it came in', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  process.on('warning', onWarning);
  const text = randomBytes(400_000).toString('hex');
  const body = gzipSync(text);
  let finish = () => {};
  await withProxy(
    (response) => {
      response.writeHead(200, [
        ...['Content-Type', 'text/csv', 'Content-Encoding', 'gzip', 'Content-Length', String(body.length)],
      ]);
      const pieces = Array.from({ length: 40 }, (_, i) => body.subarray(i * 10_000, (i + 1) * 10_000));
      const more = () => {
        const piece = pieces.shift();
        if (piece !== undefined) response.write(piece, () => setImmediate(more));
      };
      more();
      finish = () => response.end(body.subarray(400_000));
    },
    async (proxy) => {
      const first = await begin(proxy.url + CSV, { headers: ['Accept-Encoding', 'gzip'] });
      let arrived = 0;
      await new Promise<void>((resolve) => {
        first.response.on('data', (chunk: Buffer) => {
          arrived += chunk.length;
          if (arrived >= 400_000) resolve();
        });
      });
      const late = proxy.get(CSV);
      while (proxy.gateway.opened < 2) await turn();
      finish();
      assert.equal((await late).text, text);
      await turn();
      process.off('warning', onWarning);
      assert.deepEqual(warnings, []);
    },
  );
});
