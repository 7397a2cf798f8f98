import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { begin, call } from '../support/http-client.ts';
import { type ProxyWorld, type ProxyWorldOptions, startProxyWorld } from '../support/proxy-world.ts';
import {
  answerReport,
  answerWith,
  hang,
  REPORT,
  type Script,
  type ScriptedUpstream,
  startUpstream,
} from '../support/scripted-upstream.ts';

const HOUR = 3_600_000;
/** Below `/year/month`: two days by Adobe's schedule. */
const LIFETIME = 48 * HOUR;
const PATH = '/year/month';

/** Runs with an upstream and a proxy before it; closes both. */
const withProxy = async (
  script: Script,
  run: (proxy: ProxyWorld, upstream: ScriptedUpstream) => Promise<void>,
  options: Omit<ProxyWorldOptions, 'upstream'> = {},
): Promise<void> => {
  await using upstream = await startUpstream(script);
  await using proxy = await startProxyWorld({ upstream: upstream.url, ...options });
  await run(proxy, upstream);
};

/** Lets everything that is ready go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Each answer tells its number. */
const counting = (more: readonly string[] = []): Script => {
  let count = 0;
  return (response) => answerReport(`{"report":[${++count}]}`, more)(response);
};

const cacheStatusOf = async (proxy: ProxyWorld, headers: readonly string[] = []): Promise<string> => {
  const answer = await proxy.get(PATH, headers);
  return `${answer.status} ${answer.header('cache-status') ?? ''}`;
};

/** The first bytes of a body; the rest is left for later. */
const firstOf = (response: IncomingMessage): Promise<string> =>
  new Promise((resolve) => {
    response.once('data', (chunk: Buffer) => {
      response.pause();
      resolve(chunk.toString());
    });
  });

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
    assert.match(await cacheStatusOf(proxy), /hit; ttl=0$/);
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

test('200 callers at once for one report are one request upstream, and get the same bytes', () =>
  withProxy(
    (response) => void setTimeout(() => answerReport()(response), 50),
    async (proxy, upstream) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 200 });
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          Array.from({ length: 200 }, (_, i) =>
            call(proxy.url + PATH, { agent, headers: i % 2 === 0 ? [] : ['Accept-Encoding', 'gzip'] }),
          ),
        );
        for (const { status, header, body } of answers) {
          assert.equal(status, 200);
          const plain = header('content-encoding') === 'gzip' ? gunzipSync(body) : body;
          assert.equal(plain.toString(), REPORT);
        }
        if (round === 0) {
          const statuses = answers.map(({ header }) => header('cache-status') ?? '');
          assert.equal(statuses.filter((it) => it.includes('collapsed')).length, 199);
          assert.equal(statuses.filter((it) => it.includes('stored')).length, 1);
        }
      }
      agent.destroy();
      assert.equal(upstream.requests.length, 1);
    },
  ));

test('the first bytes reach all who wait, late comers too, while the rest is still to come', async () => {
  let finish = () => {};
  await withProxy(
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', '10']);
      response.write('first');
      finish = () => response.end(' last');
    },
    async (proxy, upstream) => {
      const callers = [await begin(proxy.url + PATH), await begin(proxy.url + PATH)];
      for (const { response } of callers) {
        assert.equal(await firstOf(response), 'first');
      }
      const late = await begin(proxy.url + PATH);
      finish();
      const rest = await Promise.all(
        [...callers, late].map(async ({ response }) => Buffer.concat(await response.toArray()).toString()),
      );
      assert.deepEqual(rest, [' last', ' last', 'first last']);
      assert.equal(upstream.requests.length, 1);
    },
  );
});

test('callers who leave do not disturb those who stay; when the last has left, the request upstream ends', async () => {
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
      for (const { signal } of all) call(`${proxy.url}/other`, { signal }).catch(() => {});
      while (upstream.requests.length < 2 || proxy.gateway.opened < 4) await turn();
      for (const one of all) one.abort();
      await upstream.requests[1]?.cancelled;
    },
  );
});

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
        assert.match(await cacheStatusOf(proxy), /fwd=uri-miss; stored/);
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
      assert.match(await cacheStatusOf(proxy), /^200 cmu-proxy; fwd=uri-miss$/);
    },
  ));

test('a killed upstream: what is known goes on, marked stale; what is not gets the problem', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    await proxy.get(PATH);
    await upstream.kill();
    assert.equal(await cacheStatusOf(proxy), '200 cmu-proxy; hit; ttl=172800');
    proxy.pass(LIFETIME + 2 * HOUR);
    assert.equal(await cacheStatusOf(proxy), '200 cmu-proxy; hit; ttl=-7200; detail=upstream-unreachable');
    assert.equal(await cacheStatusOf(proxy), '200 cmu-proxy; hit; ttl=-7200; detail=upstream-unreachable');
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
    for (let i = 0; i < 20; i++) assert.match(await cacheStatusOf(proxy), /^200 cmu-proxy; hit; ttl=-1$/);
    while (proxy.fetched.length < 2) await proxy.get(PATH);
    for (let i = 0; i < 20; i++) await proxy.get(PATH);
    assert.equal(upstream.requests.length, 2);
    proxy.pass(5_000);
    await proxy.get(PATH);
    while (proxy.fetched.length < 3) await proxy.get(PATH);
    assert.equal(upstream.requests.length, 3);
  }));

test('who insists on a new answer gets the failure, though a copy is there, and is not held off by the pause for refreshes', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    await proxy.get(PATH);
    upstream.script = answerWith(500, [], 'oops');
    for (let i = 0; i < 2; i++) {
      const answer = await proxy.get(PATH, ['Cache-Control', 'no-cache']);
      assert.deepEqual([answer.status, answer.text], [500, 'oops']);
    }
    assert.equal(upstream.requests.length, 3);
  }));

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
    assert.match(await cacheStatusOf(proxy), /hit/);
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
  withProxy(counting(), async (proxy, upstream) => {
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
    assert.match(await cacheStatusOf(proxy, ['Pragma', 'no-cache']), /fwd=request; stored/);
  }));

test('conditions, ranges and HEAD are answered from the stored report', () =>
  withProxy(
    answerReport(REPORT, ['Content-Disposition', 'attachment; filename=r.json']),
    async (proxy, upstream) => {
      await proxy
        .get(PATH, [
          'If-None-Match',
          '*',
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
    const head = await call(proxy.url + PATH, { method: 'HEAD' });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.equal(upstream.requests[0]?.method, 'GET');
    while (proxy.cache?.contents().entries === 0) await turn();
    assert.match(await cacheStatusOf(proxy), /hit/);
  }));

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

test('a report beyond the bound of an entry streams past: neither stored nor collected', async () => {
  const CHUNK = Buffer.alloc(65_536, 'x');
  const CHUNKS = 1_600;
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
        let most = 0;
        const before = process.memoryUsage().rss;
        for await (const chunk of response) {
          bytes += chunk.length;
          most = Math.max(most, process.memoryUsage().rss);
        }
        assert.equal(bytes, CHUNK.length * CHUNKS);
        assert.equal(proxy.cache?.contents().entries, 0);
        assert.ok(
          most - before < 64 * 1024 * 1024,
          `${(most - before) >> 20} MiB more for a report of 100 MiB`,
        );
      },
      { settings: { CACHE_MAX_ENTRY_BYTES: '1048576' } },
    );
  }
});

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
