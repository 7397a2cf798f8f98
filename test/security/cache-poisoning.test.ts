import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { CallAnswer, FlatHeaders } from '../support/http-client.ts';
import { type ProxyWorld, withProxy } from '../support/proxy-world.ts';
import { HOST, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport, answerWith, REPORT, type Script } from '../support/scripted-upstream.ts';

/** The worst upstream: whatever reaches it is in its answer. */
const echo: Script = (response, { target, rawHeaders }) => {
  const seen = rawHeaders.filter((_, i) => !/^(?:host|authorization)$/i.test(rawHeaders[i - (i % 2)] ?? ''));
  answerReport(JSON.stringify({ target, seen }))(response);
};

/** Names that servers and frameworks are known to act on; fast-check finds more. */
const NAMES = [
  ...[
    'traceparent',
    'tracestate',
    'X-Forwarded-Host',
    'X-Forwarded-Scheme',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'X-Forwarded-For',
    'Forwarded',
  ],
  ...[
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Host',
    'X-HTTP-Method-Override',
    'X-Method-Override',
    'X-HTTP-Method',
  ],
  ...[
    'Accept-Language',
    'Accept-Charset',
    'User-Agent',
    'Referer',
    'Origin-Agent',
    'Cookie',
    'Content-Type',
    'Content-Length',
  ],
  ...[
    'Transfer-Encoding',
    'X-Requested-With',
    'X-Wap-Profile',
    'X-Timer-VS',
    'X-Oss-Object',
    'X-Amz-Website-Redirect-Location',
  ],
  ...[
    'Fastly-Host',
    'Max-Forwards',
    'Zone',
    'Acunetix-Header',
    'X-Country',
    'X-Locale',
    'Vary',
    'Via',
    'Warning',
    'From',
    'Date',
  ],
  ...[
    'DNT',
    'Save-Data',
    'Downlink',
    'Sec-GPC',
    'Sec-CH-UA',
    'Priority',
    'Prefer',
    'A-IM',
    'Accept-Datetime',
    'Depth',
    'Surrogate-Capability',
  ],
];

/** A poisoner asks first, with all of these; then an honest caller asks for the same. */
const honestAfter = async (proxy: ProxyWorld, below: string, poison: FlatHeaders): Promise<CallAnswer> => {
  await proxy.get(below, poison).catch(() => undefined);
  return proxy.get(below);
};

suite('a first caller cannot choose what later ones get', () => {
  test('by a field, known or unknown: what is not in the key does not go upstream', () =>
    withProxy(echo, async (proxy) => {
      const clean = await proxy.get('/year?clean');
      for (const [index, name] of NAMES.entries()) {
        const below = `/year?${index}`;
        const value = /^(?:content-length|max-forwards)$/i.test(name) ? '0' : 'canary';
        const answer = await honestAfter(proxy, below, [name, value]);
        assert.equal(answer.status, 200, name);
        assert.equal(answer.text, clean.text.replace('?clean', `?${index}`), name);
      }
    }));

  test('by any field that can be sent', () =>
    withProxy(echo, async (proxy) => {
      const clean = await proxy.get('/year?clean');
      const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,30}$/);
      const value = fc.stringMatching(/^[!-~]([ -~]{0,40}[!-~])?$/);
      const names = fc.oneof(token, fc.constantFrom(...NAMES));
      let count = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(names, value), { minLength: 1, maxLength: 8 }), async (fields) => {
          const lines = fields
            .filter(([name]) => !HAS_MEANING.has(name.toLowerCase()))
            .map(([name, text]) => `${name}: ${text}`);
          const target = `/cmu/v2/year?${++count}`;
          const [poisoned] = await rawAnswers(proxy.port, rawGet(target, ...lines));
          assert.equal(poisoned?.status, 200);
          const answer = await proxy.get(`/year?${count}`);
          assert.equal(answer.text, clean.text.replace('?clean', `?${count}`));
        }),
        { numRuns: 150 },
      );
    }));

  test('by a junk Accept or Accept-Encoding, a condition or a range: what is stored is the whole report', () =>
    withProxy(echo, async (proxy) => {
      const poisons: readonly FlatHeaders[] = [
        ...[
          ['Range', 'bytes=0-3'],
          ['Range', 'bytes=-1'],
          ['If-None-Match', '*'],
          ['If-None-Match', '"x"'],
        ],
        ...[
          ['If-Modified-Since', 'Fri, 01 Jan 2100 00:00:00 GMT'],
          ['If-Range', '"x"', 'Range', 'bytes=0-1'],
        ],
        ...[
          ['Accept-Encoding', 'br;q=x, zstd'],
          ['Accept-Encoding', 'identity;q=0'],
          ['Accept-Encoding', 'gzip'],
        ],
        ...[
          ['Accept', 'evil/*'],
          ['Accept', 'application/json;charset=evil'],
        ],
      ];
      for (const [index, poison] of poisons.entries()) {
        const answer = await honestAfter(proxy, `/year?${index}`, poison);
        assert.equal(answer.status, 200, String(poison));
        assert.equal(JSON.parse(answer.text).target, `/cmu/v2/year?${index}`);
        assert.doesNotMatch(answer.text, /evil|bytes=|2100/);
      }
    }));

  test('by a body: a fat GET is the GET that it says it is', () =>
    withProxy(echo, async (proxy) => {
      const body = 'target=/cmu/v2/evil&mvpd=evil';
      await rawAnswers(
        proxy.port,
        `GET /cmu/v2/year HTTP/1.1\r\n${HOST}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      assert.doesNotMatch((await proxy.get('/year')).text, /evil|content/);
    }));

  test('by another spelling of the path, or a path that looks like a file: each is a report of its own, or refused', () =>
    withProxy(echo, async (proxy, upstream) => {
      await proxy.get('/year');
      const others = [
        '/year/',
        '//year',
        '/year.css',
        '/year/x.css',
        '/year%20',
        '/Year',
        '/year?',
        '/year?x.css',
        '/ye%61r',
      ];
      for (const other of others) {
        const answer = await proxy.get(other);
        assert.equal(JSON.parse(answer.text).target, `/cmu/v2${other}`, other);
      }
      for (const refused of [
        '/year;x.css',
        '/year%3bx.css',
        '/year%00.css',
        '/year%2fx.css',
        '/x/../year',
        '/year#x.css',
      ]) {
        assert.equal((await proxy.get(refused)).status, 400, refused);
      }
      assert.equal(upstream.requests.length, 1 + others.length);
    }));

  test('by the repetition of parameters, or their order where it carries meaning', () =>
    withProxy(echo, async (proxy) => {
      for (const query of [
        '?a=1&b=2',
        '?a=1&a=1&b=2',
        '?a=2&a=1',
        '?a=1&a=2',
        '?b&a',
        '?a&b',
        '?a!=1&b=2',
        '?a=1&b=%32',
      ]) {
        assert.equal(JSON.parse((await proxy.get(`/year${query}`)).text).target, `/cmu/v2/year${query}`);
      }
    }));
});

/** Fields that may answer otherwise than 200. */
const HAS_MEANING: ReadonlySet<string> = new Set([
  ...[
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'expect',
    'upgrade',
    'origin',
    'sec-fetch-site',
  ],
  ...['cache-control', 'pragma', 'range', 'if-none-match', 'if-modified-since', 'if-range', 'accept'],
]);

suite('what is not a whole report', () => {
  const notWhole: Readonly<Record<string, Script>> = {
    'an error of the report API': answerWith(500, ['Content-Type', 'text/csv'], 'broken'),
    'a refusal': answerWith(403, ['Content-Type', 'text/csv', 'Cache-Control', 'max-age=60'], 'no'),
    'a page that is not found': answerWith(
      404,
      ['Content-Type', 'text/csv', 'Cache-Control', 'max-age=60'],
      'no',
    ),
    'a part': answerWith(206, ['Content-Type', 'text/csv', 'Content-Range', 'bytes 0-1/9'], 'ab'),
    'a redirect': answerWith(301, ['Location', '/cmu/v2/x', 'Cache-Control', 'max-age=60']),
    'a 304 nobody asked for': (response) => response.writeHead(304).end(),
    'an answer without an end of its own': (response) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, ['Content-Type', 'text/csv', 'Connection', 'close']);
      response.end('a,b');
    },
    'an answer that is somebody’s own': answerWith(
      200,
      ['Content-Type', 'text/csv', 'Cache-Control', 'private'],
      'a',
    ),
  };
  for (const [name, script] of Object.entries(notWhole)) {
    test(`is stored for nobody: ${name}`, () =>
      withProxy(script, async (proxy, upstream) => {
        await proxy.get('/year.csv');
        upstream.script = answerWith(200, ['Content-Type', 'text/csv'], 'whole');
        proxy.pass(301_000);
        assert.equal((await proxy.get('/year.csv')).text, 'whole');
      }));
  }

  test('is stored for nobody: a web page where a report in another format was asked for, with 200; an older copy of the report stays', () =>
    withProxy(
      answerReport(),
      async (proxy, upstream) => {
        await proxy.get('/year');
        upstream.script = answerWith(
          200,
          ['Content-Type', 'text/html; charset=utf-8'],
          '<html>Log in</html>',
        );
        assert.match((await proxy.get('/year', ['Cache-Control', 'no-cache'])).text, /Log in/);
        assert.equal((await proxy.get('/year')).text, REPORT);
        await proxy.get('/month');
        await proxy.get('/year.html');
        upstream.script = answerReport();
        assert.equal((await proxy.get('/month')).text, REPORT);
        assert.match((await proxy.get('/year.html')).text, /Log in/);
      },
      { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
    ));

  test('is stored for nobody: an answer that is torn', () =>
    withProxy(
      (response) => {
        response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', '100']);
        response.write('half', () => response.destroy());
      },
      async (proxy, upstream) => {
        await assert.rejects(proxy.get('/year.csv'));
        upstream.script = answerWith(200, ['Content-Type', 'text/csv'], 'whole');
        proxy.pass(10_000);
        assert.equal((await proxy.get('/year.csv')).text, 'whole');
      },
    ));
});
