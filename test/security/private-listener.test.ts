import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startE2eWorld, until } from '../support/e2e-world.ts';
import { guardedGet } from '../support/guarded-call.ts';
import { call } from '../support/http-client.ts';
import { HOST, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { LOOPBACK } from '../support/tls-identities.ts';

const PRIVATE = [
  ...['/livez', '/readyz', '/metrics', '/api/status', '/api/cache', '/api/events', '/console', '/console/'],
  ...[
    '/console/main.js',
    '//api/status',
    '/api/status/',
    '/%61pi/status',
    '/API/status',
    '/api/status?x=/cmu/v2',
  ],
];
const ACTIONS = [
  ['POST', '/api/token/refresh'],
  ['POST', '/api/registration/renew'],
  ['DELETE', '/api/cache'],
] as const;
const MEANT = ['X-Requested-With', 'test'];

test('nothing of the private listener can be reached through the public one, by any spelling', async () => {
  await using world = await startE2eWorld();
  const { port, origin } = new URL(world.url);
  const { host: adminHost } = new URL(world.proxy.adminUrl);
  await until(() => world.sandbox.counts.token === 1);
  for (const path of PRIVATE) {
    for (const headers of [[], ['Host', adminHost]]) {
      assert.equal((await call(origin + path, { headers })).status, 404, `${path} ${headers}`);
    }
  }
  for (const [method, path] of ACTIONS) {
    assert.equal((await call(origin + path, { method, headers: MEANT })).status, 404, path);
  }
  const [absolute] = await rawAnswers(Number(port), rawGet(`http://${adminHost}/api/status`));
  assert.equal(absolute?.status, 404);
  const odd = [
    ...['/cmu/v2/../../api/status', '/cmu/v2/%2e%2e/%2e%2e/api/status', 'http://evil.test/api/status'],
    ...['/cmu/v2/..%2f..%2fapi/status', '/cmu/v2\\..\\api', '*', adminHost],
  ];
  for (const target of odd) {
    const [answer] = await rawAnswers(
      Number(port),
      `GET ${target} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    );
    assert.equal(answer?.status, 400, target);
  }
  assert.equal(world.sandbox.counts.token, 1, 'no refresh was had');
});

test('a report prefix that is called like a part of the private listener leads to Adobe, not there', async () => {
  await using world = await startE2eWorld({ settings: { LISTEN_PREFIX: '/api' } });
  const answer = await world.get('/status');
  assert.equal(answer.status, 404);
  assert.doesNotMatch(answer.text, /registration|cmu-proxy/);
  assert.equal(world.sandbox.counts.report, 1);
  assert.equal((await world.get('/year?limit=1')).status, 200);
});

test('the console’s way to reports asks for caller tokens as well', async () => {
  const sha256 = createHash('sha256').update('a-token').digest('hex');
  const settings = { LISTEN_CALLER_TOKENS: JSON.stringify([{ name: 'a', sha256 }]) };
  await using world = await startE2eWorld({ settings });
  const path = `${world.proxy.adminUrl}/cmu/v2/year?limit=1`;
  assert.equal((await call(path)).status, 401);
  assert.equal((await call(path, { headers: ['X-Cmu-Proxy-Token', 'a-token'] })).status, 200);
  assert.equal((await call(`${world.proxy.adminUrl}/metrics`)).status, 200, 'the rest needs none');
});

test('where a socket or a certificate guards reports, the private listener does not hand them out', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('cert.pem'), LOOPBACK.cert);
  await writeFile(folder.file('key.pem'), LOOPBACK.key);
  const tls = { LISTEN_TLS_CERT_FILE: folder.file('cert.pem'), LISTEN_TLS_KEY_FILE: folder.file('key.pem') };
  const notFound = async (settings: Readonly<Record<string, string>>, where?: string) => {
    await using world = await startE2eWorld({ settings });
    const path = '/cmu/v2/year?limit=1';
    assert.equal((await call(world.proxy.adminUrl + path)).status, 404);
    assert.equal((await call(`${world.proxy.adminUrl}/livez`)).status, 200);
    const caller = where === undefined ? { trust: LOOPBACK.cert, identity: LOOPBACK } : {};
    assert.equal((await guardedGet(where ?? Number(new URL(world.url).port), path, caller)).status, 200);
  };
  await notFound({ LISTEN_SOCKET_PATH: folder.file('a.sock') }, folder.file('a.sock'));
  await notFound({ ...tls, LISTEN_TLS_CLIENT_CA_FILE: folder.file('cert.pem') });
});
