import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { sendRaw } from '../../support/http-client.ts';
import { startProxyWorld } from '../../support/proxy-world.ts';
import { rawAnswers } from '../../support/raw-caller.ts';
import { answerReport, startUpstream } from '../../support/scripted-upstream.ts';

const HOST = 'Host: localhost\r\n';

/** What no honest client sends: two parsers could take it in two ways, or it is no HTTP/1.1 at all. */
const INVALID: Readonly<Record<string, string>> = {
  'no HTTP': 'hello\r\n\r\n',
  'length and chunks': `GET /cmu/v2/x HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'two lengths': `GET /cmu/v2/x HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
  'an unknown coding': `GET /cmu/v2/x HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'a folded line': `GET /cmu/v2/x HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`,
  'a bare line feed': `GET /cmu/v2/x HTTP/1.1\n${HOST}\r\n`,
  'a space before the colon': `GET /cmu/v2/x HTTP/1.1\r\nHost : localhost\r\n\r\n`,
  'two hosts': `GET /cmu/v2/x HTTP/1.1\r\n${HOST}${HOST}\r\n`,
  'no host': 'GET /cmu/v2/x HTTP/1.1\r\n\r\n',
  'a control byte in the target': `GET /cmu/v2/\x01 HTTP/1.1\r\n${HOST}\r\n`,
};

test('what is not plainly one valid request is refused, its connection closed, and nothing of it forwarded', async () => {
  await using upstream = await startUpstream();
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  for (const [name, bytes] of Object.entries(INVALID)) {
    const answer = await sendRaw(proxy.port, bytes);
    assert.match(answer, /^HTTP\/1\.1 400 /, name);
    assert.match(answer, /\r\nConnection: close\r\n/i, name);
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, name);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a head beyond 16 KiB is answered 431, and a problem like every other', async () => {
  await using upstream = await startUpstream();
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  const answer = await sendRaw(
    proxy.port,
    `GET /cmu/v2/x HTTP/1.1\r\n${HOST}X: ${'y'.repeat(17_000)}\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  assert.match(answer, /\r\nContent-Type: application\/problem\+json\r\n/);
  assert.match(answer, /"type":"urn:cmu-proxy:problem:header-too-large"/);
});

test('a head that does not come to its end in time is answered 408', async () => {
  await using upstream = await startUpstream();
  await using proxy = await startProxyWorld({
    upstream: upstream.url,
    settings: { LISTEN_HEADERS_TIMEOUT_MS: '100' },
  });
  assert.match(await sendRaw(proxy.port, 'GET /cmu/v2/x HTTP/1.1\r\nHost: lo'), /^HTTP\/1\.1 408 /);
});

test('CONNECT is refused, and so is an upgrade: it is answered as the request that it is', async () => {
  await using upstream = await startUpstream();
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  const tunnel = await sendRaw(proxy.port, 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n');
  assert.match(tunnel, /^HTTP\/1\.1 405 /);
  const upgrade = `GET /cmu/v2/x HTTP/1.1\r\n${HOST}Connection: upgrade, close\r\nUpgrade: websocket\r\n\r\n`;
  assert.match(await sendRaw(proxy.port, upgrade), /^HTTP\/1\.1 200 /);
});

test('a body is never read: its connection ends with the answer, and what was in it is no request', async () => {
  await using upstream = await startUpstream();
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  const inner = `GET /cmu/v2/inner HTTP/1.1\r\n${HOST}\r\n`;
  const answer = await sendRaw(
    proxy.port,
    `GET /cmu/v2/outer HTTP/1.1\r\n${HOST}Content-Length: ${inner.length}\r\n\r\n${inner}`,
  );
  assert.equal(answer.match(/HTTP\/1\.1 200 /g)?.length, 1);
  assert.deepEqual(
    upstream.requests.map(({ target }) => target),
    ['/cmu/v2/outer'],
  );
});

test('nonsense after a request does not get into the answer to that request', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, ['Content-Length', '400']);
    response.write('x'.repeat(100));
  });
  // The answer never comes to its end, and is given up soon.
  await using proxy = await startProxyWorld({
    upstream: upstream.url,
    settings: { UPSTREAM_BODY_IDLE_TIMEOUT_MS: '100' },
  });
  const received = await new Promise<string>((resolve) => {
    const socket = connect(proxy.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      if (text === '') socket.write('nonsense\r\n\r\n');
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(`GET /cmu/v2/x HTTP/1.1\r\n${HOST}\r\n`);
  });
  assert.match(received, /^HTTP\/1\.1 200 /);
  assert.doesNotMatch(received, /400 Bad Request/);
});

test('pipelined requests are answered in order', async () => {
  await using upstream = await startUpstream((response, { target }) =>
    answerReport(`{"target":"${target}"}`)(response),
  );
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  const one = (path: string, more = '') => `GET /cmu/v2/${path} HTTP/1.1\r\n${HOST}${more}\r\n`;
  const answer = await sendRaw(proxy.port, one('a') + one('b') + one('c', 'Connection: close\r\n'));
  assert.deepEqual(
    [...answer.matchAll(/"target":"([^"]+)"/g)].map(([, target]) => target),
    ['/cmu/v2/a', '/cmu/v2/b', '/cmu/v2/c'],
  );
});

test('a request without Host is told so and ends its connection: nothing is said of the bytes behind it', async () => {
  await using upstream = await startUpstream(answerReport());
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  const answers = await rawAnswers(
    proxy.port,
    'PUT /cmu/v2/year HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcno HTTP\n\n',
  );
  assert.deepEqual(
    answers.map(({ status, closes }) => [status, closes]),
    [[400, true]],
  );
  assert.match(answers[0]?.body ?? '', /has no Host field/);
  assert.equal(upstream.requests.length, 0);
});
