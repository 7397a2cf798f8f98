import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handClock, sandboxFor } from './client.ts';

async function caller(t: Parameters<typeof sandboxFor>[0], now?: () => number) {
  const sandbox = await sandboxFor(t, now === undefined ? {} : { now });
  const token = await sandbox.accessToken();
  const call = async (method: string, path: string, body?: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${sandbox.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    return { status: answer.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
  return { sandbox, call };
}

test('a TempPass is reset by DELETE, for devices and for users', async (t) => {
  const { sandbox, call } = await caller(t);
  for (const path of ['/reset-tempass/v3/reset', '/reset-tempass/v3/reset/generic']) {
    assert.equal((await call('DELETE', `${path}?requestor_id=north-prime&mvpd_id=TempPass`)).status, 204);
    assert.equal((await call('DELETE', `${path}?requestor_id=north-prime`)).status, 400);
    assert.equal((await call('GET', `${path}?requestor_id=a&mvpd_id=b`)).status, 405);
  }
  const target = `${sandbox.url}/reset-tempass/v3/reset?requestor_id=a&mvpd_id=b`;
  assert.equal((await fetch(target, { method: 'DELETE' })).status, 401);
  assert.equal(sandbox.counts.api, 7);
  assert.equal((await call('DELETE', '/reset-tempass/v2/reset')).status, 404);
});

test('a degradation rule is put in force, told, ends by itself or is taken away', async (t) => {
  const clock = handClock();
  const { call } = await caller(t, clock.now);
  const rule = (name: string) =>
    `/control/v3/degradation/North/${name}?programmer=north-prime&mvpd=Cablenova`;
  assert.deepEqual((await call('GET', rule('authnAll'))).json, { 'degradation-measure': {} });
  const put = await call('PUT', rule('authnAll'), '{"ttl":60}');
  assert.equal(put.status, 200);
  assert.deepEqual(put.json['degradation-measure'], {
    id: 'authn-all',
    programmer: { id: 'north-prime' },
    mvpd: { id: 'Cablenova' },
    'degradation-measure-enable': true,
    'degradation-measure-status': 'APPLIED',
    ttl: 60,
    'activation-time': Math.floor(clock.now() / 1000),
  });
  assert.equal((await call('POST', rule('authzNone'))).status, 201);
  const all = async () =>
    (await call('GET', rule('all'))).json['degradation-measure'].map(({ id }: { id: string }) => id);
  assert.deepEqual(await all(), ['authn-all', 'authz-none']);
  clock.advance(60_000);
  assert.deepEqual(await all(), ['authz-none']);
  assert.equal((await call('DELETE', rule('authzNone'))).status, 204);
  assert.deepEqual(await all(), []);
});

test('what a degradation rule cannot be is refused', async (t) => {
  const { call } = await caller(t);
  const below = '/control/v3/degradation/North';
  assert.equal((await call('PUT', `${below}/authnAll?programmer=a`)).status, 400);
  assert.equal((await call('PUT', `${below}/authnSome?programmer=a&mvpd=b`)).status, 404);
  assert.equal((await call('PUT', `${below}/all?programmer=a&mvpd=b`)).status, 404);
  assert.equal((await call('PUT', `${below}/authnAll?programmer=a&mvpd=b`, '{"ttl":"long"}')).status, 400);
  assert.equal((await call('PATCH', `${below}/authnAll?programmer=a&mvpd=b`)).status, 405);
});
