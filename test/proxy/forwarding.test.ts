import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, headerLines, sendRaw } from '../support/http-client.ts';
import { withProxy } from '../support/proxy-world.ts';
import { answerReport, answerWith } from '../support/scripted-upstream.ts';

test('path and query go on byte for byte', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const targets = [
      '',
      '?',
      '/',
      '/year/month/day/tenant?mvpd!=A&mvpd!=B',
      '/year?mvpd=B&mvpd=A&mvpd=B&mvpd!=C',
      '/year?platform&channel',
      '/year?b=1&a=2&&=x&=&%zz=%',
      '/year?q=a%20b+c%2Bd%00&%c3%A9=%E9',
      '/year?x=\'"<>{}|\\^`[]',
      '/tenant/%C3%A9t%C3%A9/d.csv?a=%2F..%2F',
      '/year?start=2024-01-01T00:00:00&end=2024-02-01',
      '/year?a;b=c;d',
      '//year///month',
      '/year?__proto__[x]=1&constructor=2',
    ];
    for (const target of targets) await proxy.get(target);
    assert.deepEqual(
      upstream.requests.map(({ target }) => target),
      targets.map((target) => `/cmu/v2${target}`),
    );
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
  }));

test("of a caller's request only what chooses the report goes on, with one Authorization: ours", () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const sent = [
      'GET /cmu/v2/year?access_token=smuggled&access%5Ftoken=again&%61ccess_token=thrice&mvpd=A HTTP/1.1',
      'Host: 127.0.0.1',
      'Authorization: Bearer mine',
      'authorization: Basic bWluZQ==',
      'Cookie: session=1',
      'Proxy-Authorization: Basic bWluZQ==',
      'X-Forwarded-For: 10.0.0.1',
      'X_Forwarded_For: 10.0.0.2',
      'Forwarded: for=10.0.0.3',
      'Via: 1.1 x',
      'Accept-Language: de',
      'If-None-Match: "x"',
      'Range: bytes=0-1',
      'Expect: 100-continue',
      'Trailer: x',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Connection: close, authorization, host, accept-encoding',
      'Accept: application/json;q=0.5, text/csv',
      'Accept-Encoding: br',
      'User-Agent: script/1',
      'Referer: http://internal/',
      '__proto__: x',
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ];
    assert.match(await sendRaw(proxy.port, `${sent.join('\r\n')}\r\n\r\n`), /^HTTP\/1\.1 200 /);
    const [seen] = upstream.requests;
    assert.equal(seen?.target, '/cmu/v2/year?mvpd=A');
    assert.deepEqual(seen.rawHeaders, [
      ...['host', upstream.url.host],
      ...['connection', 'keep-alive'],
      ...['accept-encoding', 'gzip'],
      ...['user-agent', 'cmu-proxy'],
      ...['accept', 'text/csv'],
      ...['cdn-loop', 'cmu-proxy-feedfeedfeed'],
      ...['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
      ...['authorization', 'Bearer token-1'],
    ]);
  }));

test('an answer keeps its status, fields and bytes, without what belongs to one connection or to the origin alone', () =>
  withProxy(
    answerWith(
      200,
      [
        ...[
          'Content-Type',
          'text/csv; charset=utf-8',
          'Content-Disposition',
          'attachment; filename="report__x.csv"',
        ],
        ...['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT', 'X-Request-Id', 'abc', 'Warning', '199 a b'],
        ...['Connection', 'keep-alive, X-Internal', 'X-Internal', '10.1.2.3', 'Keep-Alive', 'timeout=5'],
        ...[
          'Set-Cookie',
          'lb=1',
          'Set-Cookie',
          'lb=2',
          'Set-Cookie2',
          'x',
          'Proxy-Authenticate',
          'Basic',
          'Upgrade',
          'h2c',
        ],
        ...[
          'Alt-Svc',
          'h3=":443"',
          'Strict-Transport-Security',
          'max-age=1',
          'Proxy-Status',
          'evil; error=x',
        ],
      ],
      'a,b\r\n1,2\r\n',
    ),
    async (proxy) => {
      for (const from of ['upstream', 'store']) {
        const { status, text, rawHeaders, header } = await proxy.get('/year.csv');
        assert.deepEqual([status, text], [200, 'a,b\r\n1,2\r\n'], from);
        assert.equal(header('content-type'), 'text/csv; charset=utf-8');
        assert.equal(header('content-disposition'), 'attachment; filename="report__x.csv"');
        assert.equal(header('last-modified'), 'Mon, 01 Jan 2024 00:00:00 GMT');
        assert.equal(header('x-request-id'), 'abc');
        assert.equal(header('content-length'), '10');
        const gone = [
          'x-internal',
          'keep-alive',
          'set-cookie',
          'set-cookie2',
          'proxy-authenticate',
          'upgrade',
          'alt-svc',
          'strict-transport-security',
          'proxy-status',
        ];
        for (const name of gone) assert.deepEqual(headerLines(rawHeaders, name), [], `${name} from ${from}`);
        assert.equal(header('connection'), 'close');
        assert.equal(headerLines(rawHeaders, 'date').length, 1);
      }
    },
  ));

test("Adobe's own errors pass through untouched", () =>
  withProxy(answerWith(400, ['Content-Type', 'text/plain'], 'bad dates: ü'), async (proxy, upstream) => {
    for (const status of [400, 403, 404, 406, 500, 503]) {
      upstream.script = answerWith(status, ['Content-Type', 'text/plain'], `error ${status}`);
      const answer = await proxy.get(`/year?x=${status}`);
      assert.deepEqual(
        [answer.status, answer.text, answer.header('content-type')],
        [status, `error ${status}`, 'text/plain'],
      );
      assert.equal(answer.header('proxy-status'), undefined);
    }
  }));

test('HEAD is answered from a GET, other methods with 405 and what is allowed', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const head = await call(`${proxy.url}/year`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const answer = await call(`${proxy.url}/year`, { method });
      assert.deepEqual([answer.status, answer.header('allow')], [405, 'GET, HEAD'], method);
      assert.equal(answer.header('content-type'), 'application/problem+json');
    }
    assert.deepEqual(
      upstream.requests.map(({ method }) => method),
      ['GET'],
    );
  }));

test('what is outside the prefix is not there, whatever it looks like', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const base = `http://127.0.0.1:${proxy.port}`;
    for (const target of [
      '/x',
      '/cmu',
      '/cmu/v3/x',
      '/cmu/v2x',
      '/CMU/v2/x',
      '/%63mu/v2/x',
      '//cmu/v2/x',
      '/o/client/register',
    ]) {
      const answer = await call(base + target);
      assert.equal(answer.status, 404, target);
      assert.match(answer.text, /urn:cmu-proxy:problem:not-found/);
    }
    for (const target of [
      '/cmu/v2/../../o/client/token',
      '/cmu/v2/%2e%2e/x',
      '/cmu/v2/a%2fb',
      '/cmu/v2/..;/x',
      '/cmu/v2/%zz',
      '/cmu/v2/x#/../y',
    ]) {
      const answer = await call(base + target);
      assert.equal(answer.status, 400, target);
      assert.match(answer.text, /urn:cmu-proxy:problem:bad-request/);
    }
    assert.equal((await call(`${base}/cmu/v2/${'x'.repeat(9_000)}`)).status, 414);
    const root = await call(`${base}/`);
    assert.deepEqual(root.json(), { service: 'cmu-proxy', reports: ['/cmu/v2'] });
    assert.equal(upstream.requests.length, 0);
  }));

test('a page of another site, or a name bound to this address, gets nothing', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      const statusOf = async (...headers: string[]) => (await proxy.get('/year', headers)).status;
      assert.equal(await statusOf('Host', 'evil.test'), 421);
      assert.equal(await statusOf('Host', '127.0.0.1.evil.test'), 421);
      assert.equal(await statusOf('Origin', 'http://evil.test'), 403);
      assert.equal(await statusOf('Origin', 'null'), 403);
      assert.equal(await statusOf('Sec-Fetch-Site', 'cross-site'), 403);
      assert.equal(upstream.requests.length, 0);
      assert.equal(await statusOf('Host', 'localhost'), 200);
      assert.equal(await statusOf('Host', 'reports.internal:8080'), 200);
      assert.equal(await statusOf('Sec-Fetch-Site', 'none'), 200);
    },
    { allowedHosts: ['reports.internal'] },
  ));

test('every request has its line in the access log, without the token that a caller put into the query', () =>
  withProxy(answerReport(), async (proxy) => {
    await proxy.get('/year?a=1&access_token=secret');
    await proxy.get('/year?a=1');
    await call(`${proxy.url}/year`, { method: 'POST' });
    await proxy.answeredCount(3);
    assert.deepEqual(
      proxy.answered.map(({ method, route, target, status, cache, problem }) => ({
        method,
        route,
        target,
        status,
        cache,
        problem,
      })),
      [
        { method: 'GET', route: 'cmu', target: '/year?a=1', status: 200, cache: 'miss', problem: undefined },
        { method: 'GET', route: 'cmu', target: '/year?a=1', status: 200, cache: 'hit', problem: undefined },
        {
          method: 'POST',
          route: 'cmu',
          target: '/year',
          status: 405,
          cache: 'none',
          problem: 'method-not-allowed',
        },
      ],
    );
    assert.equal(new Set(proxy.answered.map(({ id }) => id)).size, 3);
  }));
