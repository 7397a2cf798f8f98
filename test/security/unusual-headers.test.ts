import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { withProxy } from '../support/proxy-world.ts';
import { field, HOST, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport, REPORT } from '../support/scripted-upstream.ts';

/** Each of these has crashed or confused a proxy. */
const UNUSUAL = [
  ...[
    'Expect: 100-continue',
    'Expect: 200-ok',
    'Expect: 100-continue\r\nContent-Length: 5',
    'Keep-Alive: timeout=5, max=1',
  ],
  ...[
    'Keep-Alive: max=-1',
    'Trailer: Authorization',
    'TE: trailers',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'Upgrade: TLS/1.0',
  ],
  ...[
    'Range: bytes=0-',
    'Range: bytes=5-2',
    'Range: lines=1-2',
    'If-Range: "x"',
    'Max-Forwards: -1',
    'Content-Type: multipart/x',
  ],
  ...[
    'Accept: */*;q=x',
    'Accept:',
    'Accept-Encoding: ;;;q=',
    'Cache-Control: max-age=x',
    'Pragma: "',
    'Date: never',
  ],
  ...[
    'If-Modified-Since: yesterday',
    'If-None-Match: W/"',
    'X: \xff\xfe',
    `X: ${'\t'.repeat(100)}`,
    'Link: <x>; rel=y',
  ],
  ...[
    'Content-Encoding: gzip',
    'Content-Length: 0',
    'Connection:',
    'Sec-WebSocket-Key: x',
    ':method: POST'.slice(1),
  ],
];

test('an unusual field hurts nobody: the report comes, whole, and nothing of the field goes upstream', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    for (const [index, line] of UNUSUAL.entries()) {
      const answers = await rawAnswers(proxy.port, rawGet(`/cmu/v2/${index}`, line));
      const last = answers.at(-1);
      assert.equal(last?.status, 200, line);
      assert.equal(last?.body, REPORT, line);
    }
    const names = new Set(upstream.requests.flatMap((it) => it.rawHeaders.filter((_, i) => i % 2 === 0)));
    assert.deepEqual([...names].sort(), [
      'accept',
      'accept-encoding',
      'authorization',
      'cdn-loop',
      'connection',
      'host',
      'user-agent',
    ]);
  }));

suite('an upgrade', () => {
  const websocket = [
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  const attempts: Readonly<Record<string, readonly string[]>> = {
    'to a web socket': websocket,
    'to HTTP/2': ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
    'to anything': ['Upgrade: tcp'],
  };
  for (const [name, lines] of Object.entries(attempts)) {
    test(`${name} is answered as the request that it is: no 101, no tunnel`, () =>
      withProxy(answerReport(), async (proxy, upstream) => {
        const head = rawGet('/cmu/v2/year', ...lines).replace(
          'Connection: close',
          'Connection: upgrade, close',
        );
        const answers = await rawAnswers(proxy.port, `${head}bytes for the tunnel`);
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200],
        );
        assert.deepEqual(upstream.requests[0]?.lines('upgrade'), []);
      }));
  }
});

suite('ranges', () => {
  test('of a thousand parts are answered with the whole report, once', () =>
    withProxy(answerReport(), async (proxy) => {
      await rawAnswers(proxy.port, rawGet('/cmu/v2/year'));
      const bomb = `Range: bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-`).join(',')}`;
      for (const line of [bomb, 'Range: bytes=0-,0-,0-,0-', 'Range: bytes=-5,0-1']) {
        const [answer] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year', line));
        assert.deepEqual([answer?.status, answer?.body], [200, REPORT]);
      }
    }));

  test('outside of every report are answered 416 with its size, however large the numbers', () =>
    withProxy(answerReport(), async (proxy) => {
      await rawAnswers(proxy.port, rawGet('/cmu/v2/year'));
      for (const range of [
        'bytes=99999999999999999999-',
        'bytes=18446744073709551615-18446744073709551616',
      ]) {
        const [answer] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year', `Range: ${range}`));
        assert.ok(answer?.status === 416 || answer?.body === REPORT, `${range}: ${answer?.status}`);
      }
    }));
});

test('an expectation is not waited for: one answer, no 100', () =>
  withProxy(answerReport(), async (proxy) => {
    const head = `GET /cmu/v2/year HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
    const answers = await rawAnswers(proxy.port, head);
    assert.deepEqual(
      answers.map(({ status, closes }) => [status, closes]),
      [[200, true]],
    );
  }));

test('names of the prototype are names like any other', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const lines = [
      '__proto__: canary',
      'constructor: canary',
      'toString: canary',
      'hasOwnProperty: canary',
      'prototype: canary',
    ];
    const [answer] = await rawAnswers(
      proxy.port,
      rawGet('/cmu/v2/year?__proto__[x]=1&constructor.prototype.x=1', ...lines),
    );
    assert.equal(answer?.status, 200);
    assert.equal(field(answer?.lines ?? [], 'x'), undefined);
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
    assert.equal(upstream.requests[0]?.target, '/cmu/v2/year?__proto__[x]=1&constructor.prototype.x=1');
    assert.doesNotMatch(JSON.stringify(upstream.requests), /canary/);
  }));
