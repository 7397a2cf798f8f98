import assert from 'node:assert/strict';
import { type InformationEvent, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type ProxyWorld, withProxy } from '../../support/proxy-world.ts';
import { REPORT, type Script, startRawUpstream } from '../../support/scripted-upstream.ts';

const HINTS = [
  'Link',
  '</a.css>; rel=preload',
  'X-Progress',
  '1',
  'Set-Cookie',
  'a=b',
  'Content-Length',
  '9',
];

const hinting: Script = (response) => {
  response.writeInformation(103, HINTS);
  response.writeProcessing();
  response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(REPORT.length)]);
  response.end(REPORT);
};

/** What a caller gets, interim answers first. */
const listen = (proxy: ProxyWorld, path: string) =>
  new Promise<{ interim: InformationEvent[]; status: number | undefined; body: string }>(
    (resolve, reject) => {
      const interim: InformationEvent[] = [];
      const outgoing = request(proxy.url + path, { agent: false }, (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => {
          body += text;
        });
        answer.on('end', () => resolve({ interim, status: answer.statusCode, body }));
      });
      outgoing.on('information', (it) => interim.push(it));
      outgoing.on('continue', () => reject(new Error('nobody asked for a 100')));
      outgoing.on('error', reject);
      outgoing.end();
    },
  );

test('interim answers go to whoever waits, without fields that are not theirs, and are never stored', () =>
  withProxy(hinting, async (proxy, upstream) => {
    const callers = await Promise.all([listen(proxy, '/year'), listen(proxy, '/year')]);
    for (const { interim, status, body } of callers) {
      assert.deepEqual(
        interim.map((it) => it.statusCode),
        [103, 102],
      );
      assert.deepEqual(interim[0]?.rawHeaders, ['Link', '</a.css>; rel=preload']);
      assert.equal(status, 200);
      assert.equal(body, REPORT);
    }
    assert.equal(upstream.requests.length, 1);
    assert.deepEqual((await listen(proxy, '/year')).interim, []);
    assert.equal(upstream.requests.length, 1);
  }));

test('a 100 that nobody waits for is refused by undici: it could hide where the answer begins', () =>
  withProxy(
    (response) => {
      response.writeContinue();
      response.end(REPORT);
    },
    async (proxy) => assert.equal((await proxy.get('/year')).status, 502),
  ));

test('an HTTP/1.0 caller, who knows none, gets the answer alone', () =>
  withProxy(hinting, async (proxy) => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('GET /cmu/v2/year HTTP/1.0\r\n\r\n');
    let received = '';
    for await (const bytes of socket) received += bytes;
    assert.match(received, /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(received.endsWith(REPORT));
  }));

test('an origin that sends nothing but interim answers is timed out', async () => {
  await using upstream = await startRawUpstream((socket) => {
    const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
    socket.on('close', () => clearInterval(timer));
  });
  await withProxy(
    () => {},
    async (proxy) => {
      const { status, body } = await listen(proxy, '/year');
      assert.equal(status, 504);
      assert.match(body, /upstream-timeout/);
    },
    { settings: { UPSTREAM_URL: upstream.url.origin, UPSTREAM_HEADERS_TIMEOUT_MS: '100' } },
  );
});
