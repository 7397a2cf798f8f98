import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { generateSigningKey, type SandboxOptions, signStatement } from '../../../src/sandbox/index.ts';
import { deviceInfoMistake } from '../../../src/sandbox/oauth/device-info.ts';
import { handClock, register, sandboxFor, signingKey } from '../client.ts';

test('a registration answers 201 with credentials and what Adobe sends with them', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, { now: clock.now });
  const { status, json, headers } = await register(sandbox, { redirectUri: 'https://www.adobe.com' });
  assert.equal(status, 201);
  assert.match(String(json['client_id']), /^[0-9a-f-]{36}$/);
  assert.match(String(json['client_secret']), /^[0-9a-f-]{36}$/);
  assert.deepEqual(json['grant_types'], ['client_credentials']);
  assert.deepEqual(json['redirect_uris'], ['https://www.adobe.com']);
  assert.deepEqual(json['scopes'], [
    'api:client:v2',
    'cmu:billing:client',
    'cmu:analytics:client',
    'analytics:client',
    'temporary:passes:owner',
    'decisions:owner',
  ]);
  assert.equal(json['client_id_issued_at'], clock.now());
  assert.equal('client_secret_expires_at' in json, false);
  assert.match(headers.get('cache-control') ?? '', /no-store/);
});

test('client_id_issued_at can be in seconds, and secrets can expire', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, {
    now: clock.now,
    timeUnit: { register: 'seconds' },
    clientLifetime: 60,
  });
  const { json } = await register(sandbox);
  assert.equal(json['client_id_issued_at'], clock.now() / 1000);
  assert.equal(json['client_secret_expires_at'], clock.now() / 1000 + 60);
});

test('a statement of another key, a forged, an unsigned, a future and a foreign one are invalid_software_statement', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, { now: clock.now });
  const good = await sandbox.statement();
  const [header = '', payload = '', signature = ''] = good.split('.');
  const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const at = Math.floor(clock.now() / 1000);
  const claims = { sub: 'x', iss: 'auth.adobe.com', iat: at };
  const sign = (more: object) =>
    new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'RS256' }).sign(signingKey.privateKey);
  const statements = {
    'another key': await signStatement(await generateSigningKey(), 'default', clock.now()),
    'another payload': [header, base64url({ ...claims, sub: 'mallory' }), signature].join('.'),
    'a truncated signature': `${header}.${payload}.${signature.slice(0, -4)}`,
    'alg none': [base64url({ alg: 'none' }), payload, ''].join('.'),
    'not yet valid': await sign({ nbf: at + 1 }),
    expired: await sign({ exp: at }),
    'another issuer': await sign({ iss: 'evil.test' }),
    'no subject': await sign({ sub: undefined }),
    'not a JWT': 'hello',
  };
  sandbox.control.setThrottle(false);
  for (const [name, statement] of Object.entries(statements)) {
    const { status, json } = await register(sandbox, { statement });
    assert.deepEqual([status, json['error']], [400, 'invalid_software_statement'], name);
  }
  assert.equal((await register(sandbox, { statement: await sign({ nbf: at, exp: at + 1 }) })).status, 201);
});

test('an application can be unapproved or revoked, and approved again', async (t) => {
  const sandbox = await sandboxFor(t);
  const statement = await sandbox.statement('brand-b');
  sandbox.control.setApplication('brand-b', { state: 'unapproved' });
  assert.equal((await register(sandbox, { statement })).json['error'], 'unapproved_software_statement');
  sandbox.control.setApplication('brand-b', { state: 'revoked' });
  assert.equal((await register(sandbox, { statement })).json['error'], 'invalid_software_statement');
  assert.equal((await register(sandbox)).status, 201, 'another application is not touched');
  sandbox.control.setApplication('brand-b', { state: 'approved' });
  assert.equal((await register(sandbox, { statement })).status, 201);
});

test('malformed registrations are refused, each with its code', async (t) => {
  const sandbox = await sandboxFor(t, { throttle: false });
  const cases: [string, Parameters<typeof register>[1], string][] = [
    ['not JSON', { body: '{' }, 'invalid_request'],
    ['an array', { body: '[]' }, 'invalid_request'],
    ['no statement', { body: '{}' }, 'invalid_request'],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 'invalid_request'],
    ['empty device info', { headers: { 'x-device-info': '' } }, 'invalid_request'],
    ['device info that is no JSON', { headers: { 'x-device-info': 'aGVsbG8=' } }, 'invalid_request'],
    ['a redirect URI that is none', { redirectUri: 'nowhere' }, 'invalid_redirect_uri'],
    ['a redirect URI of another type', { redirectUri: 7 }, 'invalid_request'],
  ];
  for (const [name, change, error] of cases) {
    const { status, json } = await register(sandbox, change);
    assert.deepEqual([status, json['error']], [400, error], name);
  }
});

test('redirect URIs may have a scheme of their own, as those of apps do', async (t) => {
  const sandbox = await sandboxFor(t);
  const { status, json } = await register(sandbox, { redirectUri: 'adobepass://com.programmer' });
  assert.deepEqual([status, json['redirect_uris']], [201, ['adobepass://com.programmer']]);
});

test('device info may be required, optional or ignored', async (t) => {
  const statusOf = async (options: SandboxOptions, headers: Record<string, string>) => {
    const sandbox = await sandboxFor(t, options);
    const body = JSON.stringify({ software_statement: await sandbox.statement() });
    const target = `${sandbox.url}/o/client/register`;
    const type = { 'content-type': 'application/json' };
    return (await fetch(target, { method: 'POST', headers: { ...type, ...headers }, body })).status;
  };
  const wrong = { 'x-device-info': 'e30=' };
  assert.deepEqual([await statusOf({}, {}), await statusOf({}, wrong)], [201, 400], 'as seen');
  assert.equal(await statusOf({ profile: 'documented' }, {}), 400);
  assert.equal(await statusOf({ profile: 'documented', deviceInfo: 'optional' }, {}), 201);
  assert.equal(await statusOf({ deviceInfo: 'ignored' }, wrong), 201);
});

test('device info is held to its required keys and its lists of values', () => {
  const mistake = (info: unknown) => deviceInfoMistake(Buffer.from(JSON.stringify(info)).toString('base64'));
  const right = { model: 'm', version: '1', osName: 'Linux' };
  assert.equal(mistake(right), undefined);
  assert.equal(mistake({ ...right, primaryHardwareType: 'Unknown', manufacturer: 'anybody' }), undefined);
  assert.match(mistake({ ...right, primaryHardwareType: 'Server' }) ?? '', /primaryHardwareType.*SetTopBox/);
  assert.match(mistake({ ...right, osName: 'linux' }) ?? '', /osName/);
  for (const key of ['model', 'version', 'osName'])
    assert.equal(mistake({ ...right, [key]: '' }), `lacks "${key}"`);
  assert.match(mistake([]) ?? '', /JSON object/);
  assert.match(deviceInfoMistake('{"model":1}') ?? '', /JSON object/);
});

test('only POST registers', async (t) => {
  const sandbox = await sandboxFor(t);
  const response = await fetch(`${sandbox.url}/o/client/register`);
  assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
});
