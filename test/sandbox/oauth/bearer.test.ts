import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report, sandboxFor } from '../client.ts';

test('a report needs a token: in the header, or as access_token', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  const refused = await report(sandbox, '/cmu/v2/year');
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer /);
  assert.match(refused.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal((await report(sandbox, '/cmu/v2/year', { token })).status, 200);
  assert.equal((await report(sandbox, `/cmu/v2/year?access_token=${token}`)).status, 200);
  assert.equal((await report(sandbox, '/cmu/v2/year', { token: 'invented' })).status, 401);
  assert.equal(
    (await report(sandbox, `/cmu/v2/year?access_token=${token}`, { token: 'invented' })).status,
    401,
    'the header wins',
  );
  const basic = { headers: { authorization: `Basic ${token}` } };
  assert.equal((await report(sandbox, `/cmu/v2/year?access_token=${token}`, basic)).status, 401);
  assert.equal((await report(sandbox, '/cmu/v2/year', basic)).status, 401);
});

test('the token is asked for before anything is told about the path', async (t) => {
  const sandbox = await sandboxFor(t);
  assert.equal((await report(sandbox, '/cmu/v2/nowhere')).status, 401);
  assert.equal(
    (await report(sandbox, '/cmu/v2/nowhere', { token: await sandbox.accessToken() })).status,
    404,
  );
});

test('without the scope, or any tenant, everything is forbidden', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.control.setApplication('scopeless', { scopes: ['config:client'] });
  sandbox.control.setApplication('homeless', { tenants: [] });
  for (const name of ['scopeless', 'homeless']) {
    assert.equal(
      (await report(sandbox, '/cmu/v2/year', { token: await sandbox.accessToken(name) })).status,
      403,
      name,
    );
  }
});

test('an application sees its own tenants and no others', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.control.setApplication('northern', { tenants: ['North'] });
  const token = await sandbox.accessToken('northern');
  const all = await sandbox.accessToken();
  const everything = await report(sandbox, '/cmu/v2/mvpd.csv', { token: all });
  assert.notEqual((await report(sandbox, '/cmu/v2/mvpd.csv', { token })).text, everything.text);
  const own = await report(sandbox, '/cmu/v2/tenant.csv', { token });
  assert.deepEqual(own.text.match(/^(North|South)(?=,)/gm), ['North']);
  const filtered = await report(sandbox, '/cmu/v2/mvpd.csv?tenant=North', { token: all });
  assert.equal(
    (await report(sandbox, '/cmu/v2/mvpd.csv', { token })).text,
    filtered.text,
    'totals hold nothing of others',
  );
  assert.equal((await report(sandbox, '/cmu/v2/tenant?tenant=South', { token })).status, 403);
  assert.equal((await report(sandbox, '/cmu/v2/tenant?tenant!=South', { token })).status, 200);
  assert.equal(
    (await report(sandbox, '/cmu/v2/tenant?tenant=nobody', { token })).status,
    200,
    'unknown names give no hint',
  );
});
