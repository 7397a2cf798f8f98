import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Faults } from '../../../src/sandbox/control/faults.ts';
import { credentials, raw, register, report, sandboxFor, tokenWith } from '../client.ts';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

test('revoked tokens are 401, while credentials go on', async (t) => {
  const sandbox = await sandboxFor(t);
  const given = await credentials(sandbox);
  const token = String((await tokenWith(sandbox, given)).json['access_token']);
  assert.equal(sandbox.control.revokeTokens(), 1);
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 401);
  assert.equal((await tokenWith(sandbox, given)).status, 201);
});

test('forgotten clients are invalid_client, while tokens go on', async (t) => {
  const sandbox = await sandboxFor(t);
  const given = await credentials(sandbox);
  const token = String((await tokenWith(sandbox, given)).json['access_token']);
  assert.equal(sandbox.control.forgetClients(), 1);
  assert.equal((await tokenWith(sandbox, given)).json['error'], 'invalid_client');
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 200);
});

test('a status can be forced so many times, on one kind of request, with a body', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  sandbox.control.answerStatus(503, {
    on: 'report',
    times: 2,
    headers: { 'retry-after': '1' },
    body: 'later',
  });
  for (let i = 0; i < 2; i++) {
    const { status, text, headers } = await report(sandbox, '/cmu/v2', { token });
    assert.deepEqual([status, text, headers.get('retry-after')], [503, 'later', '1']);
  }
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 200);
  sandbox.control.answerStatus(200, { on: 'register', body: '' });
  assert.deepEqual([(await register(sandbox)).status, (await register(sandbox)).text], [200, '']);
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 200, 'reports are not register');
});

test('connections are reset, until the fault is taken away', async (t) => {
  const sandbox = await sandboxFor(t);
  const remove = sandbox.control.resetConnections({ on: 'dcr' });
  const error = await failure(raw(sandbox, '/o/client/token'));
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
  remove();
  assert.equal(await raw(sandbox, '/o/client/token'), 405);
  assert.deepEqual(
    sandbox.requests().map(({ status }) => status),
    [null, 405],
  );
});

test('a torn body announces more than comes', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  for (const encoding of ['identity', 'gzip']) {
    for (const path of [
      '/cmu/v2/year',
      '/cmu/v2/year/month/day/hour/mvpd/tenant?limit=20000&start=2026-01',
    ]) {
      sandbox.control.tearBodies({ times: 1 });
      const headers = { 'accept-encoding': encoding };
      assert.ok(await failure(report(sandbox, path, { token, headers })), `${encoding} ${path}`);
    }
  }
  assert.equal((await report(sandbox, '/cmu/v2/year', { token })).status, 200);
});

test('a hanging request gets no answer, and closing the sandbox ends it at once', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.control.hang({ on: 'token' });
  const hanging = failure(tokenWith(sandbox, {}));
  while (sandbox.counts.token === 0) await new Promise(setImmediate);
  await sandbox.close();
  assert.ok(await hanging);
});

test('closing ends idle keep-alive connections and delayed answers too', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  await report(sandbox, '/cmu/v2', { token });
  sandbox.control.addLatency(3_600_000);
  const delayed = failure(report(sandbox, '/cmu/v2', { token }));
  while (sandbox.counts.report < 2) await new Promise(setImmediate);
  await sandbox.close();
  assert.ok(await delayed);
});

test('the clock can be shifted: tokens age', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  sandbox.control.shiftClock(21_601_000);
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 401);
});

test('delays add up, the latest other fault wins, chances are drawn, and times run out', () => {
  const draws = [0.5, 0.5, 0.2, 0.9];
  const faults = new Faults(() => draws.shift() ?? 0);
  faults.add({ kind: 'latency', ms: 10 });
  faults.add({ kind: 'latency', ms: 5, on: 'dcr', times: 1 });
  assert.deepEqual(faults.befall('token', '/'), { latency: 15, effect: undefined });
  const remove = faults.add({ kind: 'reset', probability: 0.1 });
  assert.equal(faults.befall('token', '/').effect, undefined, 'drawn 0.9');
  remove();
  faults.add({ kind: 'reset' });
  faults.add({ kind: 'tear', times: 1 });
  assert.equal(faults.befall('report', '/').effect?.kind, 'tear');
  assert.equal(faults.befall('report', '/').effect?.kind, 'reset');
  assert.equal(faults.list().length, 2);
  faults.clear();
  assert.deepEqual(faults.befall('report', '/'), { latency: 0, effect: undefined });
});

test('targets: dcr is register and token, all is everything', () => {
  const struck = (on: 'dcr' | 'all' | 'report' | 'register') => {
    const faults = new Faults(() => 0);
    faults.add({ kind: 'hang', on });
    return (['register', 'token', 'report', 'other'] as const).filter(
      (kind) => faults.befall(kind, '/').effect !== undefined,
    );
  };
  assert.deepEqual(struck('dcr'), ['register', 'token']);
  assert.deepEqual(struck('register'), ['register']);
  assert.deepEqual(struck('report'), ['report']);
  assert.deepEqual(struck('all'), ['register', 'token', 'report', 'other']);
});
