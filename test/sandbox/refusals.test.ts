import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFaults } from '../../src/sandbox/command/fault-spec.ts';
import { credentials, handClock, report, sandboxFor, tokenWith } from './client.ts';

test('an API refuses callers in each of its ways, on the paths that are named', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  const get = (path: string) => report(sandbox, path, { token });
  const refused = async (path: string) => {
    const { status, headers, text } = await get(path);
    return { status, authenticate: headers.get('www-authenticate'), text };
  };
  const expected = {
    unauthorized: [401, null, /^$/],
    invalid_token: [401, 'Bearer error="invalid_token"', /unknown, revoked or expired/],
    forbidden: [403, null, /Forbidden/],
    insufficient_scope: [
      403,
      'Bearer error="insufficient_scope", scope="analytics:client"',
      /lacks the scope/,
    ],
    invalid_client: [401, null, /^\{"error":"invalid_client"\}$/],
    application_registration: [401, null, /"action":"application-registration".*"trace":"/],
  } as const;
  for (const [as, [status, authenticate, text]] of Object.entries(expected)) {
    const end = sandbox.control.refuse(as as keyof typeof expected, { path: '/esm/v3' });
    const answer = await refused('/esm/v3/media-company');
    assert.deepEqual([answer.status, answer.authenticate], [status, authenticate], as);
    assert.match(answer.text, text, as);
    assert.equal((await refused('/esm/v3.csv')).status, status, as);
    assert.equal((await get('/cmu/v2/year')).status, 200, 'other paths are not touched');
    end();
  }
  assert.equal((await get('/esm/v3/media-company')).status, 200);
});

test('faults can be limited to a path from a command line too', () => {
  assert.deepEqual(parseFaults('refuse:invalid_client@/esm/v3*2, status:503@/cmu/v2/year%0.5'), [
    { kind: 'refuse', as: 'invalid_client', path: '/esm/v3', times: 2 },
    { kind: 'status', status: 503, path: '/cmu/v2/year', probability: 0.5 },
  ]);
  for (const wrong of ['refuse', 'refuse:politely', 'latency:soon', 'status', 'reset:now', 'hang@elsewhere'])
    assert.throws(() => parseFaults(wrong), RangeError, wrong);
});

test('a new token is known to the APIs only after a while', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, { now: clock.now, tokenLag: 800 });
  const token = await sandbox.accessToken();
  const status = async (path: string) => (await report(sandbox, path, { token })).status;
  assert.deepEqual([await status('/cmu/v2/year'), await status('/esm/v3')], [401, 401]);
  clock.advance(799);
  assert.equal(await status('/cmu/v2/year'), 401);
  clock.advance(1);
  assert.deepEqual([await status('/cmu/v2/year'), await status('/esm/v3')], [200, 200]);
});

test('forgotten clients can be refused by the APIs as well, until they register again', async (t) => {
  const sandbox = await sandboxFor(t);
  const tokenOf = async () =>
    String((await tokenWith(sandbox, await credentials(sandbox))).json['access_token']);
  const kept = await tokenOf();
  sandbox.control.forgetClients();
  assert.equal((await report(sandbox, '/cmu/v2/year', { token: kept })).status, 200);
  sandbox.control.forgetClients('invalid_client');
  const refused = await report(sandbox, '/cmu/v2/year', { token: kept });
  assert.deepEqual([refused.status, refused.json['error']], [401, 'invalid_client']);
  assert.equal((await report(sandbox, '/cmu/v2/year', { token: await tokenOf() })).status, 200);
});

test('each API needs a scope of its own, and says which', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.control.setApplication('reader', { scopes: ['cmu:analytics:client'] });
  const token = await sandbox.accessToken('reader');
  assert.equal((await report(sandbox, '/cmu/v2/year', { token })).status, 200);
  for (const [path, scope] of [
    ['/cmu/v2/billing/daily', 'cmu:billing:client'],
    ['/v2/billing/daily', 'cmu:billing:client'],
    ['/esm/v3', 'analytics:client'],
    ['/control/v3/degradation/North/all?programmer=North&mvpd=A', 'decisions:owner'],
    ['/reset-tempass/v3/reset', 'temporary:passes:owner'],
  ] as const) {
    const { status, headers } = await report(sandbox, path, { token });
    assert.equal(status, 403, path);
    assert.match(headers.get('www-authenticate') ?? '', new RegExp(`insufficient_scope", scope="${scope}"`));
  }
});
