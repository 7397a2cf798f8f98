import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { test } from 'node:test';
import { startE2eWorld } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { rawAnswers } from '../support/raw-caller.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ELSEWHERE } from '../support/tls-identities.ts';

/** The name in the certificate; for callers it leads to the proxy, for the proxy to the report API. */
const NAME = 'elsewhere.test';

/** What a tool does whose URL is fixed, with an entry for the name in its hosts file. */
const callByName = (port: number, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    httpsRequest({
      host: NAME,
      port,
      path,
      ca: ELSEWHERE.cert,
      agent: false,
      lookup: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    })
      .on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode)))
      .on('error', reject)
      .end();
  });

test('a tool calls https and a fixed name, which leads to the proxy by its hosts file and is proven by a CA of ours', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('cert.pem'), ELSEWHERE.cert);
  await writeFile(folder.file('key.pem'), ELSEWHERE.key);
  const tls = {
    LISTEN_TLS_CERT_FILE: folder.file('cert.pem'),
    LISTEN_TLS_KEY_FILE: folder.file('key.pem'),
  };
  await using world = await startE2eWorld({ settings: { ...tls, LISTEN_ALLOWED_HOSTS: NAME } });
  const port = Number(new URL(world.url).port);
  assert.equal(await callByName(port, '/cmu/v2/year?limit=1'), 200);
  assert.equal(world.sandbox.counts.report, 1);
  await using strict = await startE2eWorld({ settings: tls });
  assert.equal(await callByName(Number(new URL(strict.url).port), '/cmu/v2/year?limit=1'), 421);
});

test('an API’s name that leads back to the proxy is told at once, by each kind of route, and in the warm-up', async () => {
  const free = await startTcpProxy(1);
  await free[Symbol.asyncDispose]();
  // A way back that the proxy cannot know of.
  await using back = await startTcpProxy(free.port);
  const settings = {
    LISTEN_PORT: String(free.port),
    UPSTREAM_URL: `http://127.0.0.1:${back.port}`,
    ROUTES: JSON.stringify([
      { name: 'tve', kind: 'api', prefix: '/control', upstream: { prefix: '/control' } },
      { name: 'cmu', prefix: '/cmu/v2' },
    ]),
    CACHE_WARM_UP_REPORTS: JSON.stringify([{ path: '/cmu/v2/month' }]),
  };
  await using world = await startE2eWorld({ settings });
  for (const path of ['/cmu/v2/year', '/control/v1']) {
    const { status, text } = await call(new URL(path, world.url).href);
    assert.equal(status, 502);
    assert.match(text, /"type":"urn:cmu-proxy:problem:loop-detected"/);
    assert.match(text, /resolves to this proxy/);
  }
  const looped = () => world.log().match(/"event":"warm-up.failed".*"status-502"/);
  while (looped() === null) await new Promise((resolve) => setImmediate(resolve));
});

test('a tool with a fixed http:// URL has the proxy as its `http_proxy`; a tunnel is told to be none', async () => {
  await using world = await startE2eWorld();
  const port = Number(new URL(world.url).port);
  const { host } = new URL(world.sandbox.url);
  const head = `Host: ${host}\r\nProxy-Connection: Keep-Alive\r\nConnection: close\r\n\r\n`;
  const [answer] = await rawAnswers(port, `GET http://${host}/cmu/v2/year?limit=1 HTTP/1.1\r\n${head}`);
  assert.equal(answer?.status, 200);
  assert.equal(world.sandbox.counts.report, 1);
  const [tunnel] = await rawAnswers(port, `CONNECT ${host} HTTP/1.1\r\n${head}`);
  assert.equal(tunnel?.status, 405);
  assert.match(tunnel.body, /with http:\/\//);
});
