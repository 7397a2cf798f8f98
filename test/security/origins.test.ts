import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import type { DcrEvent } from '../../src/oauth/index.ts';
import { httpServer } from '../support/dcr-server.ts';
import { sendRaw } from '../support/http-client.ts';
import { jws } from '../support/jws.ts';
import { startProxyWorld, withProxy } from '../support/proxy-world.ts';
import { HOST, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { startClient } from '../support/running-client.ts';
import { answerReport, answerWith, startUpstream } from '../support/scripted-upstream.ts';

/** Where this process connects to while `run` runs: `host:port` of each new connection. */
const connectionsDuring = async (run: () => Promise<void>): Promise<Set<string>> => {
  const targets = new Set<string>();
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    socket.once('connect', () => targets.add(`${socket.remoteAddress}:${socket.remotePort}`));
  };
  subscribe('net.client.socket', onSocket);
  try {
    await run();
  } finally {
    unsubscribe('net.client.socket', onSocket);
  }
  return targets;
};

suite('a redirect is never followed:', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} of the API elsewhere sends nothing there, and the caller gets it`, async () => {
      await using elsewhere = await startUpstream();
      await withProxy(
        answerWith(status, ['Location', `${elsewhere.url}cmu/v2/year`, 'Content-Type', 'text/plain']),
        async (proxy, upstream) => {
          const answer = await proxy.get('/year');
          assert.equal(answer.status, status);
          assert.equal(answer.header('location'), `${elsewhere.url}cmu/v2/year`);
          assert.equal(elsewhere.connections, 0);
          assert.equal(upstream.requests.length, 1);
        },
      );
    });

    test(`${status} of the DCR server sends neither statement nor secret there`, async () => {
      await using elsewhere = await startUpstream();
      let calls = 0;
      await using dcr = await httpServer((request, response) => {
        request.resume();
        calls++;
        response.writeHead(status, { Location: `${elsewhere.url}o/client/register` }).end();
      });
      const failed = Promise.withResolvers<void>();
      const onEvent = ({ event }: DcrEvent) => event === 'attempt-failed' && failed.resolve();
      const client = await startClient(dcr.origin, jws({ sub: 'x' }), systemEffects, onEvent);
      await failed.promise;
      await client.close();
      assert.equal(calls, 1);
      assert.equal(elsewhere.connections, 0);
    });
  }
});

test('whatever is asked, no connection goes to any origin but the one that is configured', async () => {
  await using elsewhere = await startUpstream();
  await using upstream = await startUpstream((response, { target }) => {
    if (target.includes('redirect')) answerWith(302, ['Location', elsewhere.url.href])(response);
    else
      answerReport(`{"_links":{"self":{"href":"${elsewhere.url}x"}},"report":[]}`, [
        'Link',
        `<${elsewhere.url}>`,
      ])(response);
  });
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  const other = elsewhere.url.host;
  const requests = [
    rawGet('/cmu/v2/redirect'),
    rawGet('/cmu/v2/year'),
    rawGet(`http://${other}/cmu/v2/year`),
    rawGet(`//${other}/cmu/v2/year`),
    rawGet(`/cmu/v2/http://${other}/`),
    rawGet(`/cmu/v2//${other}/year`),
    rawGet(`/cmu/v2/year?url=http://${other}/&callback=http://${other}/`),
    rawGet(
      '/cmu/v2/a',
      `X-Forwarded-Host: ${other}`,
      `Forwarded: host=${other}`,
      `X-Original-URL: http://${other}/`,
    ),
    rawGet(
      '/cmu/v2/b',
      `Referer: http://${other}/`,
      `Destination: http://${other}/`,
      `Proxy: http://${other}`,
    ),
    `GET /cmu/v2/c HTTP/1.1\r\nHost: ${other}\r\nConnection: close\r\n\r\n`,
    `GET /cmu/v2/d HTTP/1.0\r\nHost: ${other}\r\n\r\n`,
    `CONNECT ${other} HTTP/1.1\r\nHost: ${other}\r\n\r\n`,
    `GET @${other}/cmu/v2/e HTTP/1.1\r\n${HOST}\r\n`,
  ];
  const targets = await connectionsDuring(async () => {
    for (const bytes of requests) await sendRaw(proxy.port, bytes);
  });
  assert.deepEqual([...targets].sort(), [`127.0.0.1:${proxy.port}`, `127.0.0.1:${upstream.port}`].sort());
  assert.equal(elsewhere.connections, 0);
});

suite('a web page in a browser', () => {
  test('that lets its own name mean 127.0.0.1 is answered 421', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      for (const host of [
        'evil.test',
        `evil.test:${proxy.port}`,
        'localhost.evil.test',
        '127.0.0.1.nip.io',
        'evil.test\t',
        '2130706433',
      ]) {
        const bytes = rawGet('/cmu/v2/year').replace('Host: localhost', `Host: ${host}`);
        const [answer] = await rawAnswers(proxy.port, bytes);
        assert.equal(answer?.status, 421, host);
      }
      assert.equal(upstream.connections, 0);
    }));

  test('of another site is answered 403, without a word of CORS', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      const lines = [
        ...[
          'Origin: http://evil.test',
          'Origin: null',
          'Origin: http://localhost.evil.test',
          'Sec-Fetch-Site: cross-site',
        ],
        ...['Sec-Fetch-Site: same-site', 'Origin: http://localhost:1\r\nSec-Fetch-Site: same-origin'],
      ];
      for (const line of lines) {
        const [answer] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year', line));
        assert.equal(answer?.status, 403, line);
        assert.doesNotMatch(answer?.lines.join('\n') ?? '', /access-control/i);
      }
      const preflight = `OPTIONS /cmu/v2/year HTTP/1.1\r\n${HOST}Origin: http://evil.test\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Private-Network: true\r\n\r\n`;
      const [answer] = await rawAnswers(proxy.port, preflight);
      assert.equal(answer?.status, 403);
      assert.doesNotMatch(answer?.lines.join('\n') ?? '', /access-control/i);
      assert.equal(upstream.connections, 0);
    }));
});
