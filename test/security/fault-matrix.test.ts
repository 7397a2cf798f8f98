import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DcrEvent } from '../../src/oauth/protocol/dcr-event.ts';
import { httpServer, httpsServer, type RunningServer } from '../support/dcr-server.ts';
import { type CallAnswer, call } from '../support/http-client.ts';
import { jws } from '../support/jws.ts';
import { MISBEHAVIOUR, type Misbehaviour, ODD_LIFETIMES } from '../support/misbehaviour.ts';
import { type ProxyWorld, startProxyWorld } from '../support/proxy-world.ts';
import { startClient } from '../support/running-client.ts';
import { answerReport, startUpstream } from '../support/scripted-upstream.ts';
import { ELSEWHERE, LOOPBACK } from '../support/tls-identities.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const STATEMENT = jws({ sub: 'canary-statement' });
const SECRETS = /canary|token-odd|Bearer [a-z]/;
const CLOSED = 'http://127.0.0.1:9';
const UNKNOWN = 'https://no-such-host.invalid';

type Operation = 'register' | 'token';

/** A DCR server of which one endpoint misbehaves until it is healed. */
const startDcr = async (
  broken: Operation,
  does: Misbehaviour,
  identity?: typeof LOOPBACK | typeof ELSEWHERE,
) => {
  const state = { does: does as Misbehaviour | undefined, calls: 0, open: 0 };
  const listener: RequestListener = (request, response) => {
    const operation: Operation = request.url === '/o/client/register' ? 'register' : 'token';
    request.resume();
    state.calls++;
    state.open++;
    response.once('close', () => state.open--);
    if (operation === broken && state.does !== undefined) {
      state.does(response, request);
      return;
    }
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end(
      operation === 'register'
        ? '{"client_id":"client","client_secret":"canary-secret"}'
        : '{"access_token":"canary-token","token_type":"bearer","expires_in":21600}',
    );
  };
  const server = await (identity === undefined ? httpServer(listener) : httpsServer(identity, listener));
  return { server, state };
};

/** The real life of the token, in a time of the test's own, against a DCR server on real sockets. */
const startTokens = async (origin: string) => {
  const time = new VirtualTime();
  const events: DcrEvent[] = [];
  const client = await startClient(origin, STATEMENT, time, (event) => void events.push(event));
  const { tokens } = client;
  return { tokens, time, events, [Symbol.asyncDispose]: () => client.close() };
};

type Tokens = Awaited<ReturnType<typeof startTokens>>;

/** Lets time pass as the attempts need it, until `done`. @param isStuck whether an attempt waits for a server that says nothing */
const drive = async (
  { tokens, time }: Tokens,
  isStuck: () => boolean,
  done: () => boolean,
): Promise<void> => {
  while (!done()) {
    await delay(1);
    const { nextAttemptAt } = tokens.status();
    if (done()) return;
    if (nextAttemptAt !== null) await time.pass(Math.max(0, nextAttemptAt - time.now()));
    else if (isStuck()) await time.pass(10_000);
  }
};

const expectNoToken = (answer: CallAnswer): void => {
  assert.equal(answer.status, 503);
  assert.equal(answer.header('content-type'), 'application/problem+json');
  assert.match(answer.text, /urn:cmu-proxy:problem:no-token/);
  assert.ok(Number(answer.header('retry-after')) >= 1);
  assert.doesNotMatch(answer.text + answer.rawHeaders.join('\n'), SECRETS);
};

const failedAttempts = ({ events }: Tokens): number =>
  events.filter(({ event }) => event === 'attempt-failed').length;

/** A server that nobody comes through to: told in time, and without a storm of attempts. */
const unreachable = async (origin: string): Promise<void> => {
  await using api = await startUpstream();
  await using tokens = await startTokens(origin);
  await using proxy = await startProxyWorld({ upstream: api.url, tokens: tokens.tokens });
  let answer: CallAnswer | undefined;
  const call = proxy.get('/year').then((it) => {
    answer = it;
  });
  await drive(
    tokens,
    () => false,
    () => answer !== undefined,
  );
  await call;
  if (answer !== undefined) expectNoToken(answer);
  assert.equal(api.connections, 0);
  assert.ok(failedAttempts(tokens) <= 5, `${failedAttempts(tokens)} attempts`);
  assert.doesNotMatch(JSON.stringify(tokens.events), SECRETS);
};

/** One endpoint misbehaves: callers are told, the server is left alone, and all is well once it is. */
const dcrCell = async (operation: Operation, does: Misbehaviour): Promise<void> => {
  const { server, state } = await startDcr(operation, does);
  await using _server = server;
  await using api = await startUpstream();
  {
    await using tokens = await startTokens(server.origin);
    await using proxy = await startProxyWorld({ upstream: api.url, tokens: tokens.tokens });
    const isStuck = () => state.open > 0;
    const answers: CallAnswer[] = [];
    const calls = Array.from({ length: 5 }, (_, i) =>
      proxy.get(`/year?${i}`).then((answer) => void answers.push(answer)),
    );
    await drive(tokens, isStuck, () => answers.length === calls.length);
    for (const answer of answers) expectNoToken(answer);
    assert.equal(api.requests.length, 0);

    const startedAt = tokens.time.now();
    const attempts = failedAttempts(tokens);
    await drive(tokens, isStuck, () => tokens.time.now() - startedAt >= 60_000);
    // Back-off: 0.5, 1, 2 s … half a minute on average; a registration that works comes with each at most.
    assert.ok(failedAttempts(tokens) - attempts <= 8, `${failedAttempts(tokens)} attempts`);
    assert.ok(state.calls <= 2 * failedAttempts(tokens) + 1, `${state.calls} calls`);
    assert.doesNotMatch(JSON.stringify(tokens.events), SECRETS);

    state.does = undefined;
    await drive(tokens, isStuck, () => tokens.tokens.current() !== undefined);
    assert.equal((await proxy.get('/year')).status, 200);
    assert.deepEqual(api.requests[0]?.lines('authorization'), ['Bearer canary-token']);
  }
  // Whatever was open is closed.
  while (state.open > 0) await delay(1);
};

for (const operation of ['register', 'token'] as const) {
  suite(`when ${operation} fails, callers are told, the server is left alone, and service comes back:`, () => {
    for (const [name, does] of Object.entries(MISBEHAVIOUR)) test(name, () => dcrCell(operation, does));
  });
}

suite('when the DCR server cannot be reached, callers are told in time:', () => {
  test('refused', () => unreachable(CLOSED));
  test('a name that does not resolve', () => unreachable(UNKNOWN));
  test('a certificate that nobody trusts', async () => {
    const { server, state } = await startDcr('register', () => {}, LOOPBACK);
    await using _server: RunningServer = server;
    await unreachable(server.origin);
    assert.equal(state.calls, 0);
  });
  test('a certificate of another name', async () => {
    const { server, state } = await startDcr('register', () => {}, ELSEWHERE);
    await using _server: RunningServer = server;
    await unreachable(server.origin);
    assert.equal(state.calls, 0);
  });
});

suite('when a token has an odd lifetime, it is used or it is not, and nobody hammers:', () => {
  for (const [name, { does, usable }] of Object.entries(ODD_LIFETIMES)) {
    test(name, async () => {
      if (!usable) {
        await dcrCell('token', does);
        return;
      }
      const { server, state } = await startDcr('token', does);
      await using _server = server;
      await using api = await startUpstream();
      await using tokens = await startTokens(server.origin);
      await using proxy = await startProxyWorld({ upstream: api.url, tokens: tokens.tokens });
      assert.equal((await proxy.get('/year')).status, 200);
      assert.deepEqual(api.requests[0]?.lines('authorization'), ['Bearer token-odd']);
      await tokens.time.pass(50_000);
      assert.equal(state.calls, 2);
    });
  }
});

const SHORT = {
  UPSTREAM_HEADERS_TIMEOUT_MS: '150',
  UPSTREAM_BODY_IDLE_TIMEOUT_MS: '150',
  UPSTREAM_CONNECT_TIMEOUT_MS: '1000',
};

/** What a caller sees of each, and how often the API was asked for it. */
const AT_THE_API: Readonly<Record<string, readonly [status: number, requests: number]>> = {
  'reset before the head': [502, 2],
  'reset in the head': [502, 2],
  'reset in the body': [502, 1],
  'closed in the head': [502, 2],
  'a truncated body': [502, 1],
  'no answer': [504, 1],
  'a head at a trickle': [504, 1],
  'an answer that is no HTTP': [502, 1],
  // Another token each time, from a source without the pauses of the real one.
  'a 401': [401, 9],
  'a 403': [403, 1],
  'a 429 without a word': [429, 1],
  'a 429 with Retry-After: soon': [429, 1],
  'a 429 with Retry-After: -1': [429, 1],
  'a 429 with Retry-After: 1e9': [429, 1],
  'a 429 with Retry-After: 99999999999': [429, 1],
  'a 429 with Retry-After in the past': [429, 1],
  'a 500': [500, 1],
  'a 503': [503, 1],
  'HTML with 200': [200, 1],
  'huge JSON': [200, 1],
  'an empty body': [200, 1],
  'a redirect': [302, 1],
  'a redirect to itself': [307, 1],
};

const statusOf = async (proxy: ProxyWorld, below: string): Promise<number> => {
  const answer = await proxy.get(below);
  assert.doesNotMatch(answer.text + answer.rawHeaders.join('\n'), SECRETS);
  return answer.status;
};

suite('when the API fails, the caller is told, it is asked no more than it must, and service comes back:', () => {
  for (const [name, [status, requests]] of Object.entries(AT_THE_API)) {
    test(name, async () => {
      const does = MISBEHAVIOUR[name];
      assert.ok(does);
      await using api = await startUpstream((response) => does(response, response.req));
      await using proxy = await startProxyWorld({ upstream: api.url, settings: SHORT });
      assert.equal(await statusOf(proxy, '/year'), status);
      assert.equal(api.requests.length, requests);
      for (const { lines } of api.requests) assert.equal(lines('authorization').length, 1);
      api.script = answerReport();
      // As long as the longest pause that it may ask for, and any error in between may be stored.
      proxy.pass(3 * 86_400_000);
      assert.equal(await statusOf(proxy, '/year/month'), 200);
      assert.equal(await statusOf(proxy, '/year'), 200);
    });
  }

  test('a body at a trickle: it lasts as long as somebody wants it', async () => {
    const does = MISBEHAVIOUR['a body at a trickle'];
    assert.ok(does);
    await using api = await startUpstream((response) => does(response, response.req));
    await using proxy = await startProxyWorld({ upstream: api.url, settings: SHORT });
    await assert.rejects(call(`${proxy.url}/year`, { signal: AbortSignal.timeout(100) }), {
      name: 'AbortError',
    });
    await api.requests[0]?.cancelled;
    assert.equal(api.requests.length, 1);
  });

  const unreached = async (
    origin: string,
    ca: string | undefined,
    ...expected: readonly number[]
  ): Promise<void> => {
    await using proxy = await startProxyWorld({
      upstream: new URL(origin),
      settings: SHORT,
      ...(ca && { ca }),
    });
    assert.ok(expected.includes(await statusOf(proxy, '/year')));
  };

  test('refused', () => unreached(CLOSED, undefined, 502));
  test('a name that does not resolve', () => unreached(UNKNOWN, undefined, 502, 504));
  test('a certificate that nobody trusts', async () => {
    await using api = await startUpstream(answerReport(), { tls: LOOPBACK });
    await unreached(api.url.origin, undefined, 502);
    assert.equal(api.requests.length, 0);
  });
  test('a certificate of another name', async () => {
    await using api = await startUpstream(answerReport(), { tls: ELSEWHERE });
    await unreached(api.url.origin, ELSEWHERE.cert, 502);
    assert.equal(api.requests.length, 0);
  });
});

test('however many call while it asks for a pause, the API is asked once', async () => {
  const does = MISBEHAVIOUR['a 429 without a word'];
  assert.ok(does);
  await using api = await startUpstream((response) => does(response, response.req));
  await using proxy = await startProxyWorld({ upstream: api.url, settings: SHORT });
  assert.equal(await statusOf(proxy, '/year'), 429);
  const statuses = await Promise.all(Array.from({ length: 30 }, (_, i) => statusOf(proxy, `/year?${i}`)));
  assert.deepEqual([...new Set(statuses)], [503]);
  assert.equal(api.requests.length, 1);
});
