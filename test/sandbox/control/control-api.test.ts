import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFaults } from '../../../src/sandbox/command/fault-spec.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/index.ts';
import { register, report, sandboxFor } from '../client.ts';

async function call(sandbox: Sandbox, method: string, path: string, body?: unknown) {
  const response = await fetch(`${sandbox.url}/_sandbox${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('application/json')
    ? JSON.parse(text)
    : undefined;
  return { status: response.status, text: text.trim(), json };
}

test('the fault API gives statements and tokens', async (t) => {
  const sandbox = await sandboxFor(t);
  const { text: statement } = await call(sandbox, 'GET', '/statement?name=brand-b');
  assert.equal((await register(sandbox, { statement })).status, 201);
  const { text: token } = await call(sandbox, 'GET', '/token');
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 200);
});

test('everything that control can do can be done over HTTP', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  assert.deepEqual((await call(sandbox, 'POST', '/revoke-tokens')).json, { revoked: 1 });
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 401);

  await register(sandbox);
  assert.deepEqual((await call(sandbox, 'POST', '/forget-clients')).json, { forgotten: 1 });

  await call(sandbox, 'PUT', '/applications/default', { state: 'unapproved' });
  assert.equal((await register(sandbox)).json['error'], 'unapproved_software_statement');
  await call(sandbox, 'PUT', '/applications/default', { state: 'approved', tenants: ['North'] });

  await call(sandbox, 'PUT', '/throttle', { ratePerSecond: 0, burst: 0 });
  assert.equal((await register(sandbox)).status, 429);
  await call(sandbox, 'PUT', '/throttle', false);

  await call(sandbox, 'POST', '/faults', { kind: 'status', status: 502, on: 'register', times: 1 });
  assert.equal((await call(sandbox, 'GET', '/faults')).json.length, 1);
  assert.equal((await register(sandbox)).status, 502);
  await call(sandbox, 'POST', '/faults', { kind: 'reset' });
  await call(sandbox, 'DELETE', '/faults');
  assert.deepEqual((await call(sandbox, 'GET', '/faults')).json, []);

  await call(sandbox, 'PATCH', '/variants', { timeUnit: 'seconds', clientLifetime: 9 });
  const { json } = await register(sandbox);
  assert.ok(Number(json['client_id_issued_at']) < 10_000_000_000);

  const before = Date.parse((await call(sandbox, 'GET', '')).json.now);
  await call(sandbox, 'POST', '/clock', { shiftMs: 86_400_000 });
  assert.ok(Date.parse((await call(sandbox, 'GET', '/')).json.now) - before >= 86_400_000);
});

test('the request log can be read by kind, and cleared; the fault API is not in it', async (t) => {
  const sandbox = await sandboxFor(t);
  await register(sandbox);
  await report(sandbox, '/cmu/v2');
  const { json } = await call(sandbox, 'GET', '/requests?kind=register');
  assert.deepEqual(
    json.map(({ kind, status }: { kind: string; status: number }) => [kind, status]),
    [['register', 201]],
  );
  assert.equal((await call(sandbox, 'GET', '/requests')).json.length, 2);
  await call(sandbox, 'DELETE', '/requests');
  assert.deepEqual((await call(sandbox, 'GET', '/requests')).json, []);
});

test('no fault ever befalls the fault API', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.control.answerStatus(500);
  assert.equal((await call(sandbox, 'GET', '')).status, 200);
});

test('a web page of another origin may not call the fault API', async (t) => {
  const sandbox = await sandboxFor(t);
  const revoke = async (origin: string) =>
    (await fetch(`${sandbox.url}/_sandbox/revoke-tokens`, { method: 'POST', headers: { origin } })).status;
  assert.equal(await revoke('https://evil.test'), 403);
  assert.equal(await revoke('null'), 403);
  assert.equal(await revoke(sandbox.url), 200);
});

test('wrong calls are told what is wrong with them', async (t) => {
  const sandbox = await sandboxFor(t);
  const cases: [string, string, unknown, number, RegExp][] = [
    ['POST', '/faults', { kind: 'earthquake' }, 400, /kind/],
    ['POST', '/faults', { kind: 'latency' }, 400, /ms/],
    ['PUT', '/throttle', { rate: 1 }, 400, /ratePerSecond/],
    ['PATCH', '/variants', { colour: 'red' }, 400, /additional/],
    ['PUT', '/applications/x', undefined, 400, /JSON/],
    ['PUT', '/applications/%zz', {}, 400, /URI/],
    ['GET', '/nothing', undefined, 404, /no such call/],
    ['POST', '/requests', {}, 404, /no such call/],
  ];
  for (const [method, path, body, status, message] of cases) {
    const answer = await call(sandbox, method, path, body);
    assert.equal(answer.status, status, `${method} ${path}`);
    assert.match(answer.json.error, message);
  }
});

test('faults can be written on a command line', () => {
  assert.deepEqual(parseFaults('latency:500@token, status:503@report*3,reset%0.05,hang@dcr,tear'), [
    { kind: 'latency', ms: 500, on: 'token' },
    { kind: 'status', status: 503, on: 'report', times: 3 },
    { kind: 'reset', probability: 0.05 },
    { kind: 'hang', on: 'dcr' },
    { kind: 'tear' },
  ]);
  assert.deepEqual(parseFaults(''), []);
  for (const wrong of ['boom', 'latency', 'status:99', 'reset:5', 'hang@moon', 'tear*0', 'reset%2']) {
    assert.throws(() => parseFaults(wrong), {
      name: 'RangeError',
      message: new RegExp(`"${wrong.replace('*', '\\*')}"`),
    });
  }
});

test('two sandboxes run side by side and share nothing', async (t) => {
  const [one, other] = [await startSandbox(), await sandboxFor(t)];
  t.after(() => one.close());
  assert.equal(
    (await register(other, { statement: await one.statement() })).json['error'],
    'invalid_software_statement',
  );
  assert.equal((await report(other, '/cmu/v2', { token: await one.accessToken() })).status, 401);
});
