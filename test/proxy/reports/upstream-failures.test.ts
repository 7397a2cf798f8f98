import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProxyWorld, withProxy } from '../../support/proxy-world.ts';
import { hang, startRawUpstream, startUpstream } from '../../support/scripted-upstream.ts';

test('an upstream that cannot be reached, or does not answer, or stops: 502 or 504, a problem and its Proxy-Status', async () => {
  const fast = { UPSTREAM_HEADERS_TIMEOUT_MS: '100', UPSTREAM_BODY_IDLE_TIMEOUT_MS: '100' };
  const problemFrom = async (origin: URL) => {
    await using proxy = await startProxyWorld({ upstream: origin, settings: fast });
    const { status, header, text } = await proxy.get('/year');
    assert.equal(header('content-type'), 'application/problem+json');
    const error = header('proxy-status')?.replace('cmu-proxy; error=', '');
    return [status, error, /problem:([\w-]+)/.exec(text)?.[1]];
  };
  assert.deepEqual(await problemFrom(new URL('http://127.0.0.1:9')), [
    502,
    'connection_refused',
    'upstream-unreachable',
  ]);
  await using silent = await startUpstream(hang);
  assert.deepEqual(await problemFrom(silent.url), [504, 'http_response_timeout', 'upstream-timeout']);
  await using resetting = await startRawUpstream((socket) => socket.resetAndDestroy());
  assert.deepEqual(await problemFrom(resetting.url), [502, 'connection_terminated', 'upstream-unreachable']);
  assert.equal(resetting.heads.length, 2);
  await using talking = await startRawUpstream((socket) => socket.end('220 smtp ready\r\n\r\n'));
  assert.deepEqual(await problemFrom(talking.url), [502, 'http_protocol_error', 'upstream-invalid']);
});

test('an answer that stops in its middle is cut off after the idle time-out', () =>
  withProxy(
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', '100']);
      response.write('a,b');
    },
    async (proxy) => {
      await assert.rejects(proxy.get('/year.csv'), { code: 'ECONNRESET' });
      await proxy.answeredCount(1);
      // It was the upstream that failed, not the caller who left.
      const { status, problem } = proxy.answered[0] ?? {};
      assert.deepEqual({ status, problem }, { status: 200, problem: 'upstream-timeout' });
    },
    { settings: { UPSTREAM_BODY_IDLE_TIMEOUT_MS: '100' } },
  ));

test('a kept connection that the upstream has closed meanwhile costs nobody an error', async () => {
  const answers = ['first', 'reset', 'again'];
  await using upstream = await startRawUpstream((socket) => {
    const body = answers[upstream.heads.length - 1] ?? '';
    if (body === 'reset') socket.resetAndDestroy();
    else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/csv\r\n\r\n${body}`);
  });
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  assert.equal((await proxy.get('/a')).text, 'first');
  assert.equal((await proxy.get('/b')).text, 'again');
});
