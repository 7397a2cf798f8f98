import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { call, sendRaw } from '../../support/http-client.ts';
import { type ProxyWorld, turn, withProxy } from '../../support/proxy-world.ts';
import { answerReport, type SeenRequest } from '../../support/scripted-upstream.ts';

/** An origin that puts all that it sees of a request into its answer: whatever reaches it unkeyed poisons the stored one. */
const echo = (response: ServerResponse, { method, target, rawHeaders }: SeenRequest): void => {
  const text = JSON.stringify({ method, target, rawHeaders });
  if (target.endsWith('.csv')) answerReport(`echo ${text}`, [], 'text/csv')(response);
  else answerReport(text)(response);
};

/** Fields that servers and frameworks are known to act on (PortSwigger's research), and some of every other kind. */
const FIELDS: readonly string[] = [
  ...[
    'X-Forwarded-Host',
    'X-Forwarded-Scheme',
    'X-Forwarded-Proto',
    'X-Forwarded-For',
    'X-Forwarded-Port',
    'X-Forwarded-Prefix',
  ],
  ...[
    'X-Host',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'X-Method-Override',
    'Forwarded',
    'Via',
  ],
  ...[
    'Accept-Language',
    'Accept-Charset',
    'User-Agent',
    'Referer',
    'Cookie',
    'Authorization',
    'Proxy-Authorization',
  ],
  ...[
    'If-None-Match',
    'If-Match',
    'If-Modified-Since',
    'If-Unmodified-Since',
    'If-Range',
    'Range',
    'Max-Forwards',
  ],
  ...[
    'Expect',
    'TE',
    'Upgrade',
    'Keep-Alive',
    'Early-Data',
    'Purpose',
    'X-Device-Info',
    'Content-Type',
    'Content-Encoding',
  ],
  ...['X_Forwarded_Host', 'x-original-url', '__proto__', 'constructor', 'X-'.padEnd(200, 'a')],
];

const clean = (proxy: ProxyWorld) => proxy.get('/year/month');

test('no field of the first caller changes what the next one gets', async () => {
  for (const field of FIELDS) {
    await withProxy(echo, async (proxy, upstream) => {
      await proxy.get('/year/month', [field, 'evil']);
      const { text, header } = await clean(proxy);
      assert.match(header('cache-status') ?? '', /hit/, field);
      assert.doesNotMatch(text, /evil/, field);
      assert.equal(upstream.requests.length, 1, field);
    });
  }
});

test('a trace goes with the request that fetches, and not into the key', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await proxy.get('/year/month', ['traceparent', traceparent]);
    assert.match((await clean(proxy)).header('cache-status') ?? '', /hit/);
    assert.deepEqual(upstream.requests[0]?.lines('traceparent'), [traceparent]);
  }));

test('every spelling of Accept and Accept-Encoding leads to one of the formats, each stored by itself', () =>
  withProxy(
    (response, request) => {
      const accept = request.lines('accept').join();
      answerReport(
        JSON.stringify([accept]).slice(...(accept.endsWith('json') ? [0] : [2, -2])),
        [],
        accept,
      )(response);
    },
    async (proxy, upstream) => {
      const accepts = [
        undefined,
        '*/*',
        '',
        'application/json',
        'application/json;q=0.1',
        'APPLICATION/JSON',
        'x/y, application/json',
      ];
      for (const accept of accepts) {
        for (const encoding of [undefined, 'gzip', 'br;q=1, gzip', 'junk, \x80', 'gzip;q=2']) {
          const { text } = await proxy.get('/year/month', [
            ...(accept === undefined ? [] : ['Accept', accept]),
            ...(encoding === undefined ? [] : ['Accept-Encoding', encoding]),
          ]);
          assert.ok(
            encoding?.includes('gzip') === true || text === '["application/json"]',
            `${accept} ${encoding}`,
          );
        }
      }
      assert.equal(upstream.requests.length, 1);
      assert.equal((await proxy.get('/year/month', ['Accept', 'text/csv'])).text, 'text/csv');
      assert.equal(
        (await proxy.get('/year/month', ['Accept', 'text/nothing'])).text,
        'application/octet-stream',
      );
      assert.equal((await clean(proxy)).text, '["application/json"]');
    },
  ));

test('a fat GET is answered from its target alone, and its body goes nowhere', () =>
  withProxy(echo, async (proxy, upstream) => {
    const body = 'mvpd=evil';
    const fat = `GET /cmu/v2/year/month HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    assert.match(await sendRaw(proxy.port, fat), /^HTTP\/1\.1 200 /);
    assert.doesNotMatch((await clean(proxy)).text, /evil|content-length|content-type/i);
    assert.equal(upstream.requests.length, 1);
  }));

test('parameters that one parser would see and another would not are parameters of their own', () =>
  withProxy(echo, async (proxy, upstream) => {
    const queries = [
      ...[
        '',
        '?',
        '?mvpd=A',
        '?mvpd=B',
        '?mvpd=A&mvpd=B',
        '?mvpd=B&mvpd=A',
        '?mvpd!=A',
        '?mvpd=A;mvpd=B',
        '?mvpd=A&;mvpd=B',
      ],
      ...['?mvpd=A%26mvpd=B', '?mvpd=A&mvpd%3dB', '?mvpd=A%00', '?MVPD=A', '?mvpd[]=A', '?mvpd=A&', '?mvpd'],
      ...['?utm_content=x;mvpd=B', '?a=b?mvpd=B', '?mvpd=A&&', '?%6dvpd=A'],
    ];
    const bodies = new Set<string>();
    for (const query of queries) bodies.add((await proxy.get(`/year/month${query}`)).text);
    assert.equal(bodies.size, queries.length);
    for (const query of queries) {
      const { text, header } = await proxy.get(`/year/month${query}`);
      assert.match(header('cache-status') ?? '', /hit/, query);
      assert.equal(Object(JSON.parse(text)).target, `/cmu/v2/year/month${query}`);
    }
    assert.equal(upstream.requests.length, queries.length);
  }));

test('paths that look alike share nothing', () =>
  withProxy(echo, async (proxy) => {
    const paths = [
      '/year',
      '/year/',
      '//year',
      '/year.csv',
      '/year.css',
      '/year.json',
      '/YEAR',
      '/%79ear',
      '/year%20',
      '/year,',
      '/year/x.css',
    ];
    const bodies = new Set<string>();
    for (const path of paths) bodies.add((await proxy.get(path)).text);
    assert.equal(bodies.size, paths.length);
    assert.equal(proxy.cache?.contents().entries, paths.length);
  }));

test('a caller cannot make others wait for, or get, what only the caller asked for', () =>
  withProxy(
    echo,
    async (proxy, upstream) => {
      await proxy.get('/year/month', ['Cache-Control', 'no-store']);
      assert.equal(proxy.cache?.contents().entries, 0);
      await call(`${proxy.url}/year/month`, { method: 'HEAD' });
      while (proxy.cache?.contents().entries === 0) await turn();
      assert.match((await clean(proxy)).text, /"method":"GET"/);
      assert.equal(upstream.requests.length, 2);
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  ));
