import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { call, headerLines } from '../support/http-client.ts';
import { startProxyWorld, turn, withProxy } from '../support/proxy-world.ts';
import {
  answerReport,
  answerWith,
  REPORT,
  type Script,
  startRawUpstream,
} from '../support/scripted-upstream.ts';

test('without a token there is 503, the reason, when to come back and what to do', async () => {
  const { DcrError } = await import('../../src/oauth/index.ts');
  const { milliseconds } = await import('../../src/base/units.ts');
  await withProxy(answerReport(), async (proxy, upstream) => {
    proxy.tokens.failure = new DcrError('unapproved_software_statement', 'Adobe does not approve it.', {
      retryAfter: milliseconds(41_001),
    });
    const answer = await proxy.get('/year');
    assert.equal(answer.status, 503);
    assert.equal(answer.header('retry-after'), '42');
    assert.equal(answer.header('proxy-status'), 'cmu-proxy; error=proxy_configuration_error');
    assert.equal(answer.header('cache-control'), 'no-store');
    const problem = Object(answer.json());
    assert.equal(problem.type, 'urn:cmu-proxy:problem:no-token');
    assert.equal(problem.code, 'unapproved_software_statement');
    assert.match(problem.detail, /Adobe does not approve it\. .*TVE Dashboard/);
    assert.equal(problem.instance, `urn:cmu-proxy:request:${proxy.answered[0]?.id}`);
    assert.equal(upstream.requests.length, 0);
    // It is no failure of the report: as soon as there is a token, it is fetched.
    proxy.tokens.failure = undefined;
    assert.equal((await proxy.get('/year')).status, 200);
  });
});

test('a caller who comes before the first token waits for it', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    proxy.tokens.hold();
    const answer = proxy.get('/year');
    while (proxy.tokens.waiting === 0) await turn();
    assert.equal(upstream.requests.length, 0);
    proxy.tokens.release();
    assert.equal((await answer).status, 200);
    assert.deepEqual(upstream.requests[0]?.lines('authorization'), ['Bearer token-2']);
  }));

test('a caller who leaves while there is no token is forgotten, if nobody else may have the answer', () =>
  withProxy(
    answerReport(),
    async (proxy, upstream) => {
      proxy.tokens.hold();
      const leaving = new AbortController();
      const headers = ['Cache-Control', 'no-store'];
      call(`${proxy.url}/year`, { signal: leaving.signal, headers }).catch(() => {});
      while (proxy.tokens.waiting === 0) await turn();
      leaving.abort();
      while (proxy.tokens.waiting > 0) await turn();
      proxy.tokens.release();
      assert.equal((await proxy.get('/other')).status, 200);
      assert.deepEqual(
        upstream.requests.map(({ target }) => target),
        ['/cmu/v2/other'],
      );
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  ));

test("a 401 costs a second request with another token; callers never see the token's death", () => {
  const refuses =
    (token: string): Script =>
    (response, request) =>
      request.lines('authorization')[0] === `Bearer ${token}`
        ? answerWith(401, ['WWW-Authenticate', 'Bearer'], 'expired')(response)
        : answerReport()(response);
  return withProxy(refuses('token-1'), async (proxy, upstream) => {
    assert.equal((await proxy.get('/year')).text, REPORT);
    assert.deepEqual(
      upstream.requests.map(({ lines }) => lines('authorization')),
      [['Bearer token-1'], ['Bearer token-2']],
    );
    assert.deepEqual(proxy.tokens.invalidated, ['Bearer token-1']);
  });
});

test('a connection that turns out dead and a token that turns out revoked cost one request nothing together', async () => {
  const dead = new Set<Socket>();
  await using upstream = await startRawUpstream((socket, head) => {
    if (dead.has(socket)) socket.resetAndDestroy();
    else if (dead.size > 0 && head.includes('Bearer token-1')) {
      socket.write('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
    } else {
      const type = 'content-type: application/json';
      socket.write(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: ${REPORT.length}\r\n\r\n${REPORT}`);
      if (dead.size === 0) dead.add(socket);
    }
  });
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  assert.equal((await proxy.get('/year')).text, REPORT);
  await turn();
  assert.equal((await proxy.get('/year/month')).text, REPORT);
  assert.deepEqual(
    upstream.heads.map((head) => /Bearer (\S+)/.exec(head)?.[1]),
    ['token-1', 'token-1', 'token-1', 'token-2'],
  );
});

test('an API that refuses every token is passed on as it said it, after a bounded number of requests', () =>
  withProxy(answerWith(401, ['WWW-Authenticate', 'Bearer'], 'no'), async (proxy, upstream) => {
    const answer = await proxy.get('/year');
    assert.deepEqual([answer.status, answer.text], [401, 'no']);
    assert.equal(headerLines(answer.rawHeaders, 'www-authenticate').length, 0);
    assert.ok(upstream.requests.length <= 9, `${upstream.requests.length} requests`);
  }));

test('a scope that the application lacks is named in the problem', () =>
  withProxy(
    answerWith(
      403,
      ['WWW-Authenticate', 'Bearer error="insufficient_scope", scope="cmu:analytics:client"'],
      '{"code":"insufficient_scope","trace":"t-1"}',
    ),
    async (proxy, upstream) => {
      const answer = await proxy.get('/year');
      assert.equal(answer.status, 403);
      const { type, detail, scope, trace } = Object(answer.json());
      assert.equal(type, 'urn:cmu-proxy:problem:missing-scope');
      assert.match(detail, /wants the scope cmu:analytics:client\./);
      assert.deepEqual([scope, trace], ['cmu:analytics:client', 't-1']);
      assert.equal(upstream.requests.length, 1);
    },
  ));
