import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { credentials, handClock, report, sandboxFor, signingKey, tokenWith } from '../client.ts';

test('both request forms give a token: form body and query', async (t) => {
  const sandbox = await sandboxFor(t);
  const given = await credentials(sandbox);
  for (const form of ['body', 'query'] as const) {
    const { status, json } = await tokenWith(sandbox, given, { form });
    assert.equal(status, 201, form);
    assert.deepEqual(Object.keys(json), ['id', 'access_token', 'created_at', 'expires_in', 'token_type']);
    assert.equal(
      (await report(sandbox, '/cmu/v2/year', { token: String(json['access_token']) })).status,
      200,
    );
  }
});

test('a server can take one form alone', async (t) => {
  const sandbox = await sandboxFor(t, { tokenRequestForm: 'query' });
  const given = await credentials(sandbox);
  assert.equal((await tokenWith(sandbox, given, { form: 'body' })).json['error'], 'invalid_request');
  assert.equal((await tokenWith(sandbox, given, { form: 'query' })).status, 201);
  sandbox.control.setVariants({ tokenRequestForm: 'body' });
  assert.equal((await tokenWith(sandbox, given, { form: 'query' })).json['error'], 'invalid_request');
  assert.equal((await tokenWith(sandbox, given, { form: 'body' })).status, 201);
});

test('a JWT token is RS256 with the claims that Adobe sends', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, { now: clock.now, tokenLifetime: 3 });
  const given = await credentials(sandbox);
  const { json } = await tokenWith(sandbox, given);
  const token = String(json['access_token']);
  const at = clock.now() / 1000;
  assert.deepEqual(decodeProtectedHeader(token), { alg: 'RS256' });
  const { jti, ...claims } = decodeJwt(token);
  assert.deepEqual(claims, {
    sub: given.client_id,
    nbf: at,
    iss: 'auth.adobe.com',
    scopes:
      'api:client:v2,cmu:billing:client,cmu:analytics:client,analytics:client,temporary:passes:owner,decisions:owner',
    exp: at + 3,
    iat: at,
  });
  assert.equal(typeof jti, 'string');
  await jwtVerify(token, signingKey.publicKey, { currentDate: new Date(clock.now()) });
  assert.equal(json['expires_in'], 3);
  assert.equal(json['created_at'], clock.now());
});

test('created_at in seconds, status 200 and opaque tokens are to be had', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, {
    now: clock.now,
    timeUnit: 'seconds',
    tokenStatus: 200,
    tokenFormat: 'opaque',
  });
  const { status, json } = await tokenWith(sandbox, await credentials(sandbox));
  assert.equal(status, 200);
  assert.equal(json['created_at'], clock.now() / 1000);
  assert.match(String(json['access_token']), /^[\w-]{22}$/);
  assert.equal((await report(sandbox, '/cmu/v2/year', { token: String(json['access_token']) })).status, 200);
});

test('a token really expires, at its second', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, { now: clock.now, tokenLifetime: 3 });
  const token = await sandbox.accessToken();
  clock.advance(2_999);
  assert.equal((await report(sandbox, '/cmu/v2/year', { token })).status, 200);
  clock.advance(1);
  assert.equal((await report(sandbox, '/cmu/v2/year', { token })).status, 401);
});

test('credentials expire when they are made to', async (t) => {
  const clock = handClock();
  const sandbox = await sandboxFor(t, { now: clock.now, clientLifetime: 10 });
  const given = await credentials(sandbox);
  clock.advance(9_999);
  assert.equal((await tokenWith(sandbox, given)).status, 201);
  clock.advance(1);
  assert.equal((await tokenWith(sandbox, given)).json['error'], 'invalid_client');
});

test('malformed token requests are refused, each with its code', async (t) => {
  const sandbox = await sandboxFor(t, { throttle: false });
  const given = await credentials(sandbox);
  const cases: [Record<string, string>, string][] = [
    [{ ...given, grant_type: '' }, 'invalid_request'],
    [{ ...given, grant_type: 'password' }, 'unsupported_grant_type'],
    [{ ...given, client_secret: '' }, 'invalid_request'],
    [{ ...given, client_secret: 'wrong' }, 'invalid_client'],
    [{ ...given, client_id: 'wrong' }, 'invalid_client'],
  ];
  for (const [parameters, error] of cases) {
    const { status, json } = await tokenWith(sandbox, parameters);
    assert.deepEqual([status, json['error']], [400, error]);
  }
  assert.equal(
    (await tokenWith(sandbox, given, { headers: { 'x-device-info': '' } })).json['error'],
    'invalid_request',
  );
});

test('a repeated parameter is refused', async (t) => {
  const sandbox = await sandboxFor(t);
  const body = new URLSearchParams(await credentials(sandbox));
  body.append('client_id', 'another');
  const answer = await fetch(`${sandbox.url}/o/client/token`, { method: 'POST', body });
  assert.deepEqual(
    [answer.status, ((await answer.json()) as { error: string }).error],
    [400, 'invalid_request'],
  );
});

test('an application that lost its approval gets no token; revoked, it has no client either', async (t) => {
  const sandbox = await sandboxFor(t);
  const given = await credentials(sandbox);
  const token = String((await tokenWith(sandbox, given)).json['access_token']);
  sandbox.control.setApplication('default', { state: 'unapproved' });
  assert.equal((await tokenWith(sandbox, given)).json['error'], 'unauthorized_client');
  sandbox.control.setApplication('default', { state: 'revoked' });
  assert.equal((await tokenWith(sandbox, given)).json['error'], 'invalid_client');
  assert.equal((await report(sandbox, '/cmu/v2/year', { token })).status, 401);
});
