import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startE2eWorld } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';

test('a name bound anew to this machine, or a page of another site, gets nothing from either listener', async () => {
  await using world = await startE2eWorld({ settings: { LISTEN_ALLOWED_HOSTS: 'Reports.internal' } });
  const report = `${world.url}/year?limit=1`;
  const { adminUrl } = world.proxy;
  const targets = [
    report,
    `${adminUrl}/api/status`,
    `${adminUrl}/metrics`,
    `${adminUrl}/cmu/v2/year?limit=1`,
  ];
  const attacks = [
    [421, 'Host', 'evil.test'],
    [421, 'Host', '127.0.0.1.evil.test:8080'],
    [421, 'Host', 'reports.internal.evil.test'],
    [403, 'Origin', 'http://evil.test'],
    [403, 'Origin', 'null'],
    [403, 'Sec-Fetch-Site', 'cross-site'],
    [403, 'Sec-Fetch-Site', 'same-site'],
  ] as const;
  for (const target of targets) {
    for (const [status, name, value] of attacks) {
      const answer = await call(target, { headers: [name, value] });
      assert.equal(answer.status, status, `${name}: ${value} at ${target}`);
      assert.equal(answer.header('access-control-allow-origin'), undefined);
    }
    assert.equal((await call(target, { headers: ['Host', 'reports.internal:80'] })).status, 200, target);
  }
  assert.equal(world.sandbox.counts.report, 1, 'the honest one, kept for the second');
});

test('a page of another site cannot have anything done: not even a preflight is answered kindly', async () => {
  await using world = await startE2eWorld();
  await world.get('/year?limit=1');
  const { adminUrl } = world.proxy;
  for (const [method, path] of [
    ['DELETE', '/api/cache'],
    ['POST', '/api/token/refresh'],
    ['POST', '/api/registration/renew'],
  ] as const) {
    assert.equal((await call(adminUrl + path, { method })).status, 403, path);
    const preflight = ['Origin', 'http://evil.test', 'Access-Control-Request-Method', method];
    const answer = await call(adminUrl + path, { method: 'OPTIONS', headers: preflight });
    assert.equal(answer.status, 403);
    assert.equal(answer.header('access-control-allow-methods'), undefined);
  }
  assert.equal(world.sandbox.counts.token, 1);
});
