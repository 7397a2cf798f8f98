import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ProxyWorld, startProxyWorld, withProxy } from '../support/proxy-world.ts';
import { HOST, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport, startUpstream } from '../support/scripted-upstream.ts';

/** Before a report API that callers may call by its name, `reports.test`. */
const withNamed = (run: Parameters<typeof withProxy>[1]): Promise<void> =>
  withProxy(answerReport(), run, {
    route: (route) => ({ ...route, upstream: { ...route.upstream, origin: 'https://reports.test' } }),
  });

/** Sends each target and expects this status; nothing may reach upstream. */
const refusesAll = async (targets: readonly string[], ...statuses: readonly number[]): Promise<void> =>
  withNamed(async (proxy, upstream) => {
    for (const target of targets) {
      const answers = await rawAnswers(proxy.port, rawGet(target));
      assert.equal(answers.length, 1, target);
      assert.ok(
        statuses.includes(answers[0]?.status ?? 0),
        `${JSON.stringify(target)}: ${answers[0]?.status}`,
      );
    }
    assert.equal(upstream.requests.length, 0);
    assert.equal(upstream.connections, 0);
  });

suite('encoded traversal', () => {
  const dots = [
    ...['.', '..', '%2e', '%2E', '%2e%2e', '%2E%2e', '.%2e', '%2e.'],
    ...['..%2f', '..%2F', '%2f..', '..%5c', '..%5C', '\\..', '..\\', '%5c..'],
    ...['..;', '.;', '..;x', ';..', ';/..', '%3b..', '..%3b', '..%00', '..%20%00', '%00..'],
    ...[
      '%252e%252e',
      '..%252f',
      '%25252e',
      '%c0%ae%c0%ae',
      '%c0%af',
      '%e0%80%ae',
      '%uff0e%uff0e',
      '%u002e%u002e',
    ],
    ...['..\t', '..\x01', '..%0d%0a', '..%09', '..%7f', '%ff..', '..\xff', '\xc0\xae\xc0\xae'],
  ];

  test('is refused in every spelling, before, within and at the end of a path', () =>
    refusesAll(
      dots.flatMap((it) => [`/cmu/v2/${it}/x`, `/cmu/v2/year/${it}`, `/cmu/v2/a/${it}/${it}/esm/v3?x=1`]),
      400,
    ));

  test('is refused before the prefix as well', () =>
    refusesAll(
      ['/../cmu/v2/x', '/x/../cmu/v2/x', '/%2e%2e/cmu/v2/x', '/cmu/../cmu/v2/x', '/cmu/./v2/x'],
      400,
    ));

  test('is no matter in the query, which goes on as it is', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      const [answer] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year?a=/../b&c=%2e%2e%2f;d'));
      assert.equal(answer?.status, 200);
      assert.equal(upstream.requests[0]?.target, '/cmu/v2/year?a=/../b&c=%2e%2e%2f;d');
    }));
});

suite('malformed escapes', () => {
  test('are answered 400, never 500', () =>
    refusesAll(
      ['%', '%z', '%zz', '%2', '%ff', '%c3', '%c3%28', '%ed%a0%80', '%f8%88%80%80%80', '%%32%65', '%u00'].map(
        (it) => `/cmu/v2/${it}`,
      ),
      400,
    ));
});

suite('prefix confusion', () => {
  test('is answered 404', () =>
    refusesAll(
      [
        ...['/%63mu/v2/x', '/CMU/v2/x', '/cmu/V2/x', '//cmu/v2/x', '/cmu//v2/x', '/cmu/v2x', '/cmu/v2.jsp'],
        ...[
          '/cmu',
          '/cmu/',
          '/cmu/v',
          '/cmu/v20/x',
          '/xcmu/v2/x',
          '/esm/v3/year',
          '/o/client/token',
          '/v2/x',
        ],
        ...['/x?/cmu/v2/', '/cmu%2dv2/x', '/cmu/v2%20/x'],
        ...['/livez', '/readyz', '/metrics', '/api/status', '/console/', '/healthz'],
      ],
      404,
    ));
});

suite('a target in another form than a path', () => {
  const elsewhere = [
    ...['http://evil.test/cmu/v2/x', 'https://evil.test/cmu/v2/x', 'http://evil.test:80/cmu/v2/x'],
    ...[
      'http://localhost@evil.test/cmu/v2/x',
      'http://evil.test@localhost/cmu/v2/x',
      'http://@localhost/cmu/v2/x',
    ],
    ...['http://localhost:80@evil.test/cmu/v2/x', 'http://reports.test:80@evil.test/cmu/v2/x'],
    ...[
      'http://reports.test.evil.test/cmu/v2/x',
      'http://evil-reports.test/cmu/v2/x',
      'http://xreports.test/x',
    ],
    ...[
      'http://reports.test./cmu/v2/x',
      'http://reports.test%2eevil.test/x',
      'http://reports%2etest/cmu/v2/x',
    ],
    ...[
      'http://reports.test\\@evil.test/x',
      'http://reports.test#@evil.test/',
      'http://reports.test;evil.test/x',
    ],
    ...[
      'http://reports.test:8080/cmu/v2/x',
      'http://reports.test:0/cmu/v2/x',
      'http://reports.test:00080/cmu/v2/x',
    ],
    ...[
      'http://reports.test:65616/cmu/v2/x',
      'http://reports.test:/cmu/v2/x',
      'http://reports.test:http/cmu/v2/x',
    ],
    ...[
      'http://169.254.169.254/cmu/v2/x',
      'http://10.0.0.1/cmu/v2/x',
      'http://[fd00::1]/cmu/v2/x',
      'http://0.0.0.0/x',
    ],
    ...[
      'http://2130706433/cmu/v2/x',
      'http://0x7f.1/cmu/v2/x',
      'http://127.1/cmu/v2/x',
      'http://[::ffff:127.0.0.1]/x',
    ],
    ...[
      'http://',
      'http:///cmu/v2/x',
      'http:////evil.test/cmu/v2/x',
      'http:/cmu/v2/x',
      'http:cmu/v2/x',
      'http:\\\\evil.test/x',
    ],
    ...[
      'https://reports.test/cmu/v2/x',
      'ftp://reports.test/cmu/v2/x',
      'ws://reports.test/cmu/v2/x',
      'file:///cmu/v2/x',
    ],
    ...['*', 'evil.test', 'evil.test:443', 'cmu/v2/x', '?x', '\\cmu\\v2\\x', '@evil.test/cmu/v2/x', '.'],
  ];

  test('is answered 400, in all spellings of an authority that is not ours, and nothing goes anywhere', () =>
    refusesAll(elsewhere, 400));

  test('is answered by the route to it where the authority is the name of a report API', () =>
    withNamed(async (proxy, upstream) => {
      for (const authority of ['reports.test', 'REPORTS.test:80', 'reports.test:443']) {
        const [answer] = await rawAnswers(
          proxy.port,
          rawGet(`http://${authority}/cmu/v2/year?a=${authority}`),
        );
        assert.equal(answer?.status, 200, authority);
      }
      assert.equal(upstream.requests.length, 3);
    }));

  test('is answered by the same target rule where the authority is one of our own names', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      for (const authority of ['localhost', 'LocalHost:1', `127.0.0.1:${proxy.port}`, '[::1]']) {
        const target = `http://${authority}/cmu/v2/year?a=${upstream.requests.length}`;
        const [answer] = await rawAnswers(
          proxy.port,
          rawGet(target).replace('Host: localhost', 'Host: evil.test'),
        );
        assert.equal(answer?.status, 200, authority);
      }
      assert.deepEqual(
        upstream.requests.map((it) => `${it.target} ${it.lines('host')}`),
        [0, 1, 2, 3].map((it) => `/cmu/v2/year?a=${it} ${upstream.url.host}`),
      );
      for (const [rest, status] of [
        ['/cmu/v2/../x', 400],
        ['/cmu/v2/%2e%2e/x', 400],
        ['/api/status', 404],
        ['?/cmu/v2/x', 404],
        ['', 404],
      ] as const) {
        const [answer] = await rawAnswers(proxy.port, rawGet(`http://localhost${rest}`));
        assert.equal(answer?.status, status, rest);
      }
      assert.equal(upstream.requests.length, 4);
    }));

  test('goes to no other host when a host stands behind two slashes or a backslash', () =>
    refusesAll(
      [
        '//evil.test/cmu/v2/x',
        '///evil.test/cmu/v2/x',
        '/\\evil.test/x',
        '/\\/evil.test/x',
        '/cmu/v2\\@evil.test/x',
      ],
      ...[400, 404],
    ));

  test('stays on the configured origin when it looks like user information or a port', async () => {
    await withProxy(answerReport(), async (proxy, upstream) => {
      for (const target of [
        '/cmu/v2/@evil.test/',
        '/cmu/v2/http://evil.test/',
        '/cmu/v2/:80/',
        '/cmu/v2//evil.test',
      ]) {
        const [answer] = await rawAnswers(proxy.port, rawGet(target));
        assert.equal(answer?.status, 200, target);
        assert.equal(upstream.requests.at(-1)?.target, target);
        assert.deepEqual(upstream.requests.at(-1)?.lines('host'), [upstream.url.host]);
      }
    });
  });
});

test('a fragment is answered 400', () =>
  refusesAll(['/cmu/v2/x#', '/cmu/v2/x#/../y', '/cmu/v2/x?a=1#b', '/#/cmu/v2/x', '/cmu/v2#'], 400));

suite('a method other than GET and HEAD', () => {
  const methods = [
    ...[
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'PURGE',
      'SEARCH',
      'QUERY',
      'BIND',
      'LINK',
    ],
    ...['M-SEARCH', 'SOURCE', 'MKCOL', 'LOCK', 'REPORT', 'SUBSCRIBE'],
  ];

  test('is refused, echoes nothing, and is not forwarded', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      for (const method of methods) {
        const request = `${method} /cmu/v2/year HTTP/1.1\r\n${HOST}X-Canary: echo-me\r\nConnection: close\r\n\r\n`;
        const [answer, ...more] = await rawAnswers(proxy.port, request);
        assert.equal(answer?.status, 405, method);
        assert.equal(more.length, 0);
        assert.doesNotMatch(answer?.body ?? '', /echo-me/);
      }
      assert.equal(upstream.connections, 0);
    }));

  test('CONNECT opens no tunnel, and the HTTP/2 preface no HTTP/2', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      const target = `127.0.0.1:${upstream.port}`;
      const tunnel = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\nGET /cmu/v2/x HTTP/1.1\r\n${HOST}\r\n`;
      assert.deepEqual(
        (await rawAnswers(proxy.port, tunnel)).map(({ status }) => status),
        [405],
      );
      const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
      assert.deepEqual(
        (await rawAnswers(proxy.port, preface)).map(({ status }) => status),
        [400],
      );
      assert.equal(upstream.connections, 0);
    }));
});

suite('an overlong', () => {
  const statusOf = async (proxy: ProxyWorld, bytes: string): Promise<number[]> =>
    (await rawAnswers(proxy.port, bytes)).map(({ status }) => status);

  test('target is answered 414, and 431 where it is longer than a whole head may be', async () => {
    await using upstream = await startUpstream();
    await using proxy = await startProxyWorld({ upstream: upstream.url });
    const path = (length: number) => `/cmu/v2/${'y'.repeat(length - 8)}`;
    assert.deepEqual(await statusOf(proxy, rawGet(path(8192))), [200]);
    assert.deepEqual(await statusOf(proxy, rawGet(path(8193))), [414]);
    assert.deepEqual(await statusOf(proxy, rawGet(`/cmu/v2/year?${'y'.repeat(9000)}`)), [414]);
    assert.deepEqual(await statusOf(proxy, rawGet(path(65_536))), [431]);
    assert.equal(upstream.requests.length, 1);
  });

  test('head is answered 431: 17 KiB of one field, of many, of one name, and 2,001 fields', async () => {
    await using upstream = await startUpstream();
    await using proxy = await startProxyWorld({ upstream: upstream.url });
    const fields = (count: number, size: number) =>
      Array.from({ length: count }, (_, i) => `a${i}: ${'y'.repeat(size)}`);
    const heads = [
      [`a: ${'y'.repeat(17 * 1024)}`],
      fields(17, 1024),
      [`${'y'.repeat(17 * 1024)}: a`],
      fields(2001, 1),
      fields(500, 1),
    ];
    for (const lines of heads) assert.deepEqual(await statusOf(proxy, rawGet('/cmu/v2/x', ...lines)), [431]);
    assert.deepEqual(await statusOf(proxy, rawGet('/cmu/v2/x', ...fields(190, 1))), [200]);
    assert.equal(upstream.requests.length, 1);
  });

  test('beginning of a connection without any line end is answered 400 or 431, and closed', async () => {
    await using upstream = await startUpstream();
    await using proxy = await startProxyWorld({ upstream: upstream.url });
    for (const bytes of [
      'A'.repeat(100_000),
      `GET /${'y'.repeat(100_000)}`,
      '\r\n'.repeat(50_000),
      '\0'.repeat(100),
    ]) {
      const answers = await statusOf(proxy, `${bytes} \x01`);
      assert.ok(answers.length === 1 && (answers[0] === 400 || answers[0] === 431), String(answers));
    }
    assert.equal(upstream.connections, 0);
  });
});
