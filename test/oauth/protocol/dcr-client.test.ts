import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs, seconds } from '../../../src/base/units.ts';
import type { DcrAnswer } from '../../../src/oauth/protocol/dcr-answers.ts';
import type { DcrRequest } from '../../../src/oauth/protocol/dcr-client.ts';
import { createDcrClient, type DcrClientOptions } from '../../../src/oauth/protocol/dcr-client.ts';
import type { DcrEvent } from '../../../src/oauth/protocol/dcr-event.ts';
import { parseSoftwareStatement } from '../../../src/oauth/statement/software-statement.ts';
import { answer, oauthError } from '../../support/dcr-world.ts';
import { jws } from '../../support/jws.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const STATEMENT = parseSoftwareStatement(jws({ sub: 'x' }), epochMs(1));
const CREDENTIALS = { clientId: 'id&1', clientSecret: new Secret('s=c r%t+'), issuedAt: epochMs(1) };
const REGISTERED = answer(201, { client_id: 'a', client_secret: 'b' });
const ISSUED = answer(200, { access_token: 't', expires_in: 60 });

function clientWith(reply: DcrAnswer | (() => Promise<DcrAnswer>), options: Partial<DcrClientOptions> = {}) {
  const time = new VirtualTime();
  const requests: DcrRequest[] = [];
  const events: DcrEvent[] = [];
  const client = createDcrClient({
    url: new URL('https://dcr.test'),
    transport: async (request) => {
      requests.push(request);
      return typeof reply === 'function' ? reply() : reply;
    },
    effects: time,
    userAgent: 'cmu-proxy/1.2.3',
    deviceInfo: { model: 'Zürich' },
    registerPath: '/o/client/register',
    tokenPath: '/o/client/token',
    tokenRequestForm: 'body',
    timeoutMs: seconds(10),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const only = (): DcrRequest => {
    const [request] = requests;
    assert.ok(request);
    assert.equal(requests.length, 1);
    return request;
  };
  return { client, time, events, only };
}

describe('The registration request', () => {
  test('is as docs/adobe.md §3 has it', async () => {
    const { client, only } = clientWith(REGISTERED);
    await client.register(STATEMENT);
    const { url, headers, body } = only();
    assert.equal(url.href, 'https://dcr.test/o/client/register');
    assert.deepEqual(headers, {
      accept: 'application/json;charset=utf-8',
      'accept-encoding': 'identity',
      'content-type': 'application/json;charset=utf-8',
      'user-agent': 'cmu-proxy/1.2.3',
      'x-device-info': Buffer.from('{"model":"Zürich"}').toString('base64'),
    });
    assert.deepEqual(JSON.parse(body), { software_statement: STATEMENT.secret.reveal() });
  });

  test('carries the redirect URI when there is one', async () => {
    const { client, only } = clientWith(REGISTERED, { redirectUri: 'https://www.adobe.com' });
    await client.register(STATEMENT);
    assert.equal(JSON.parse(only().body).redirect_uri, 'https://www.adobe.com');
  });

  for (const base of [
    'https://dcr.test/some/path',
    'https://dcr.test/some/path/',
    'https://dcr.test/some/path/?x=1#y',
  ]) {
    test(`goes below the base URL ${base}`, async () => {
      const { client, only } = clientWith(REGISTERED, { url: new URL(base) });
      await client.register(STATEMENT);
      assert.equal(only().url.href, 'https://dcr.test/some/path/o/client/register');
    });
  }
});

describe('The token request', () => {
  const PARAMETERS = 'grant_type=client_credentials&client_id=id%261&client_secret=s%3Dc+r%25t%2B';

  test('asks for a scope when there is one', async () => {
    const { client, only } = clientWith(ISSUED, { scope: 'config:client cmu:client' });
    await client.requestToken(CREDENTIALS);
    assert.equal(new URLSearchParams(only().body).get('scope'), 'config:client cmu:client');
  });

  test('carries its parameters in a form body', async () => {
    const { client, only } = clientWith(ISSUED);
    await client.requestToken(CREDENTIALS);
    const { url, headers, body } = only();
    assert.equal(url.href, 'https://dcr.test/o/client/token');
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
    assert.ok(headers['x-device-info']);
    assert.equal(body, PARAMETERS);
  });

  test('carries them in the query for servers of the older procedure', async () => {
    const { client, only } = clientWith(ISSUED, { tokenRequestForm: 'query' });
    await client.requestToken(CREDENTIALS);
    assert.equal(only().url.href, `https://dcr.test/o/client/token?${PARAMETERS}`);
    assert.equal(only().body, '');
  });

  for (const status of [200, 201]) {
    test(`is answered by ${status}`, async () => {
      const { client } = clientWith({ ...ISSUED, status });
      assert.equal((await client.requestToken(CREDENTIALS)).token.authorization.reveal(), 'Bearer t');
    });
  }
});

describe('A call that fails', () => {
  test('tells the OAuth error', async () => {
    const { client } = clientWith(oauthError('invalid_client'));
    await assert.rejects(client.requestToken(CREDENTIALS), {
      name: 'DcrError',
      code: 'invalid_client',
      status: 400,
    });
  });

  test('because the network does is retryable and names the origin, never the query', async () => {
    const failing = async () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), {
        code: 'ECONNREFUSED',
        data: 'client_secret=s',
      });
    };
    const { client } = clientWith(failing, { tokenRequestForm: 'query' });
    await assert.rejects(client.requestToken(CREDENTIALS), (error: Error) => {
      assert.equal(Reflect.get(error, 'code'), 'unreachable');
      assert.equal(error.message, 'No answer from https://dcr.test: connect ECONNREFUSED');
      assert.ok(error.cause instanceof Error);
      assert.equal(Reflect.get(error.cause, 'data'), undefined);
      return true;
    });
  });

  test('because nobody answers ends with the time-out', async () => {
    const { client, time } = clientWith(() => new Promise(() => {}));
    const rejected = assert.rejects(client.register(STATEMENT), { code: 'timeout' });
    await time.pass(10_000);
    await rejected;
  });

  test('because its caller left says so', async () => {
    const { client } = clientWith(() => new Promise(() => {}));
    const leaving = new AbortController();
    const call = client.register(STATEMENT, leaving.signal);
    leaving.abort();
    await assert.rejects(call, { code: 'aborted' });
  });
});

describe('Every call is reported', () => {
  test('with its outcome, status and duration', async () => {
    const time = new VirtualTime();
    const { client, events } = clientWith(
      async () => {
        await time.pass(580);
        return ISSUED;
      },
      { effects: time },
    );
    await client.requestToken(CREDENTIALS);
    assert.deepEqual(events, [
      { event: 'dcr-call', operation: 'token', outcome: 'ok', durationMs: 580, status: 200 },
    ]);
  });

  for (const [what, reply, outcome, status] of [
    ['a refusal', oauthError('invalid_request'), 'invalid_request', 400],
    ['an answer without sense', answer(201, '{}'), 'malformed_answer', undefined],
  ] as const) {
    test(`also ${what}`, async () => {
      const { client, events } = clientWith(reply);
      await assert.rejects(client.register(STATEMENT));
      const [event] = events;
      assert.ok(event?.event === 'dcr-call');
      assert.equal(event.outcome, outcome);
      assert.equal(event.status, status);
    });
  }
});
