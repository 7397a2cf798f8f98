import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { call, sendRaw } from '../../support/http-client.ts';
import { type ProxyWorld, withProxy } from '../../support/proxy-world.ts';
import { rawAnswers } from '../../support/raw-caller.ts';
import { answerReport, hang } from '../../support/scripted-upstream.ts';
import { LOOPBACK } from '../../support/tls-identities.ts';

/** What the log has of each request: method, target, status, problem, caller's address. */
const logged = ({ answered }: ProxyWorld): string[] =>
  answered.map(({ method, target, status, problem, client }) =>
    [method, target, status, problem ?? 'fine', client].join(' '),
  );

suite('a request leaves a line with its caller’s address and the id that it was told, and is counted', () => {
  for (const [what, bytes, line] of [
    [
      'outside every prefix',
      'GET /x?a=1&access_token=t HTTP/1.1\r\nHost: localhost\r\n',
      'GET /x?a=1 404 not-found',
    ],
    [
      'with a target that is refused',
      'GET /cmu/v2/../x HTTP/1.1\r\nHost: localhost\r\n',
      'GET  400 bad-request',
    ],
    ['that is no HTTP', 'nonsense\r\n', '-  400 bad-request'],
    [
      'with too large a head',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n`,
      '-  431 header-too-large',
    ],
    ['for a tunnel', 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n', '-  405 method-not-allowed'],
    ['of another protocol', 'GET /cmu/v2/year HTTP/2.0\r\nHost: localhost\r\n', '-  400 bad-request'],
  ] as const) {
    test(what, () =>
      withProxy(answerReport(), async (proxy) => {
        const [answer] = await rawAnswers(proxy.port, `${bytes}Connection: close\r\n\r\n`);
        assert.deepEqual(logged(proxy), [`${line} 127.0.0.1`]);
        const { instance } = JSON.parse(answer?.body ?? '');
        assert.equal(instance, `urn:cmu-proxy:request:${proxy.answered[0]?.id}`);
      }),
    );
  }

  test('for the root, which has a word of help', () =>
    withProxy(answerReport(), async (proxy) => {
      assert.equal((await call(`http://127.0.0.1:${proxy.port}/`)).status, 200);
      assert.deepEqual(logged(proxy), ['GET / 200 fine 127.0.0.1']);
    }));

  test('beyond what is served at once', () =>
    withProxy(
      answerReport(),
      async (proxy) => {
        const first = connect(proxy.port, '127.0.0.1');
        await new Promise((resolve) => first.once('connect', resolve));
        const answer = await proxy.get('/year');
        first.destroy();
        assert.equal(answer.status, 503);
        assert.deepEqual(logged(proxy), ['-  503 overloaded 127.0.0.1']);
      },
      { settings: { LISTEN_MAX_CONNECTIONS: '1' } },
    ));

  test('without TLS, where TLS is spoken, which is told; and of a handshake that fails, which cannot be', () =>
    withProxy(
      answerReport(),
      async (proxy) => {
        const request = 'GET /cmu/v2/year HTTP/1.1\r\nHost: localhost\r\n\r\n';
        const [answer] = await rawAnswers(proxy.port, request);
        assert.match(answer?.body ?? '', /The plain HTTP request was sent to an HTTPS port/);
        await sendRaw(proxy.port, Buffer.from([0x16, 3, 1, 0, 4, 1, 2, 3, 4]));
        await proxy.answeredCount(2);
        assert.deepEqual(logged(proxy), ['-  400 bad-request 127.0.0.1', '-  400 tls-failed 127.0.0.1']);
      },
      { tls: LOOPBACK },
    ));

  test('cut off by the end of the grace, with the status that it would have had', () =>
    withProxy(hang, async (proxy, upstream) => {
      const answer = proxy.get('/year').catch(() => 'cut');
      while (upstream.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      proxy.cut();
      assert.equal(await answer, 'cut');
      await proxy.answeredCount(1);
      assert.deepEqual(logged(proxy), ['GET /year 503 cut-off 127.0.0.1']);
    }));
});
