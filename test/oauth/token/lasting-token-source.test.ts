import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccessToken } from '../../../src/oauth/protocol/credentials.ts';
import type { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import type { TokenSource } from '../../../src/oauth/token/lasting-token-source.ts';
import { answer, bearer, dcrWorld, oauthError, throttled } from '../../support/dcr-world.ts';
import { settled } from '../../support/virtual-time.ts';

const HOUR = 3_600_000;

/** The error that `token()` gives; fails if it gives a token. */
const failureOf = (source: TokenSource): Promise<DcrError> =>
  source.token().then(
    () => assert.fail('a token was given'),
    (error: DcrError) => error,
  );

describe('The first token', () => {
  test('is fetched at start, before anybody asks', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    await settled();
    assert.equal(dcr.registrations.length, 1);
    assert.equal(dcr.tokenRequests.length, 1);
    assert.equal(bearer(source.current()), 'Bearer token-1');
    assert.equal(source.status().state, 'ready');
  });

  test('costs one registration and one token request however many callers wait for it', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    const tokens = await Promise.all(Array.from({ length: 500 }, () => source.token()));
    assert.deepEqual(new Set(tokens.map(bearer)), new Set(['Bearer token-1']));
    assert.equal(dcr.registrations.length, 1);
    assert.equal(dcr.tokenRequests.length, 1);
  });

  test('is awaited as long as the caller likes, and no longer', async () => {
    const { dcr, start } = dcrWorld();
    dcr.always('token', () => new Promise(() => {}));
    const source = start();
    const leaving = new AbortController();
    const wait = source.token({ signal: leaving.signal });
    await settled();
    const reason = new Error('left');
    leaving.abort(reason);
    await assert.rejects(wait, { name: 'DcrError', code: 'aborted', cause: reason });
    assert.equal(source.status().state, 'starting', 'the flight goes on for others');
  });

  test('is refused at once to a caller who has left already', async () => {
    const { dcr, start } = dcrWorld();
    dcr.always('token', () => new Promise(() => {}));
    await assert.rejects(start().token({ signal: AbortSignal.abort() }), { code: 'aborted' });
  });
});

describe('A refresh', () => {
  test('begins ahead of the expiry, while the old token serves', async () => {
    const { time, dcr, start } = dcrWorld();
    const source = start();
    await time.pass(4 * HOUR - 1);
    assert.equal(dcr.tokenRequests.length, 1);
    await time.pass(1);
    assert.equal(dcr.tokenRequests.length, 2);
    assert.equal(bearer(source.current()), 'Bearer token-2');
    assert.equal(dcr.registrations.length, 1, 'a refresh does not register again');
  });

  test('never leaves a gap, with tokens of three seconds too', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.expiresIn = 3;
    const source = start();
    await settled();
    for (let step = 0; step < 300; step += 1) {
      await time.pass(100);
      assert.ok(source.current(), `no token after ${step * 100} ms`);
    }
    assert.ok(dcr.tokenRequests.length <= 17, `${dcr.tokenRequests.length} token requests in 30 s`);
  });

  test('that fails keeps the old token in service until its end', async () => {
    const { time, dcr, start } = dcrWorld();
    const source = start();
    await settled();
    dcr.always('token', answer(503, ''));
    await time.pass(4 * HOUR + 10);
    assert.equal(source.status().state, 'degraded');
    assert.equal(source.status().lastFailure?.code, 'server_error');
    await time.pass(2 * HOUR - 10_000 - 11);
    assert.equal(bearer(source.current()), 'Bearer token-1');
    await time.pass(1);
    assert.equal(source.current(), undefined, 'ten seconds before the expiry');
    assert.equal(source.status().state, 'unavailable');
  });

  test('takes over by itself when the server is back', async () => {
    const { time, dcr, start } = dcrWorld();
    const source = start();
    await settled();
    dcr.always('token', answer(503, ''));
    await time.pass(4 * HOUR + 10_000);
    dcr.heal();
    await time.pass(60_000);
    assert.equal(source.status().state, 'ready');
    assert.notEqual(bearer(source.current()), 'Bearer token-1');
  });

  test('that brings the same token again lets it go on, and asks anew when it has ended', async () => {
    const { time, dcr, start } = dcrWorld();
    const source = start();
    const first = await source.token();
    dcr.always('token', () => dcr.issued({ access_token: 'token-1', expires_in: 100 }));
    await time.pass(4 * HOUR);
    assert.equal(source.current(), first);
    await time.pass(99_000);
    assert.equal(dcr.tokenRequests.length, 2);
    dcr.always('token', () => dcr.issued({ access_token: 'token-1', expires_in: 0 }));
    await time.pass(1_000);
    dcr.heal();
    await time.pass(2_000);
    assert.notEqual(bearer(source.current()), 'Bearer token-1');
    assert.equal(source.status().state, 'ready');
  });
});

describe('A token endpoint that hands out the same token until it ends,', () => {
  for (const lifetime of [3, 10, 600]) {
    test(`with \`expires_in: 0\` in its last second, fails nobody (${lifetime} s)`, async () => {
      const { time, dcr, start } = dcrWorld();
      let issuedAt = time.now();
      let number = 1;
      dcr.always('token', () => {
        const age = time.now() - issuedAt;
        if (age >= lifetime * 1_000) {
          number += 1;
          issuedAt = time.now();
        }
        const left = Math.floor(lifetime - (time.now() - issuedAt) / 1_000);
        return dcr.issued({ access_token: `same-${number}`, created_at: undefined, expires_in: left });
      });
      const source = start();
      await source.token();
      const failed: unknown[] = [];
      for (let step = 0; step < 2.5 * lifetime; step += 1) {
        const caller = source.token().catch((error) => void failed.push(`${step} s: ${error.code}`));
        await time.pass(1_000);
        await Promise.race([caller, settled()]);
      }
      await time.pass(3_000);
      assert.deepEqual(failed, []);
      assert.ok(number >= 3, `${number} tokens`);
      assert.ok(dcr.tokenRequests.length <= 40, `${dcr.tokenRequests.length} token requests`);
    });
  }
});

describe('While no token can be had', () => {
  test('callers are told at once what is wrong and when the next attempt is', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.always('register', oauthError('unapproved_software_statement'));
    const source = start();
    await settled();
    const failure = await failureOf(source);
    assert.equal(failure.code, 'unapproved_software_statement');
    assert.equal(failure.retryable, false);
    assert.match(failure.advice, /new software statement/);
    assert.equal(failure.retryAfter, 15_000);
    await time.pass(10_000);
    assert.equal((await failureOf(source)).retryAfter, 5_000);
    assert.equal(dcr.calls, 1, 'asking does not cause calls');
  });

  test('a statement of a new application has two minutes to become known, and is asked for seldom after that', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.always('register', oauthError('unapproved_software_statement'));
    start();
    await time.pass(150_000);
    assert.equal(dcr.calls, 5);
    await time.pass(15 * 60_000 - 1);
    assert.equal(dcr.calls, 5);
    await time.pass(1);
    assert.equal(dcr.calls, 6);
  });

  test('a failure that only a person can heal is tried again after a long while', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.next('register', oauthError('invalid_redirect_uri'));
    const source = start();
    await time.pass(15 * 60_000 - 1);
    assert.equal(dcr.calls, 1);
    await time.pass(1);
    assert.equal(source.status().state, 'ready');
  });

  test('callers wait for an attempt that is due shortly', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.next('register', answer(503, ''));
    const source = start();
    await settled();
    assert.equal(source.status().state, 'unavailable');
    const waiting = source.token();
    await time.pass(499);
    assert.equal(dcr.calls, 1, 'asking does not cause calls');
    await time.pass(1);
    assert.equal(bearer(await waiting), 'Bearer token-1');
  });

  test('the pauses begin anew after a success', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.next('register', ...Array(6).fill(answer(503, '')));
    const source = start();
    await time.pass(32_000);
    assert.equal(source.status().state, 'ready');
    dcr.next('token', answer(503, ''));
    await assert.rejects(source.refresh());
    assert.equal((source.status().nextAttemptAt ?? 0) - time.now(), 500);
  });

  test('failures are counted, and told with whether a token still serves', async () => {
    const { time, dcr, start, events } = dcrWorld();
    dcr.next('register', answer(503, ''));
    const source = start();
    await time.pass(500);
    dcr.next('token', answer(503, ''));
    await time.pass(4 * HOUR);
    assert.equal(source.status().counts.failures, 2);
    assert.deepEqual(
      events.flatMap((it) => (it.event === 'attempt-failed' ? [it.serving] : [])),
      [false, true],
    );
  });

  test('attempts are spaced further and further apart', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.always('register', answer(503, ''));
    start();
    await settled();
    const gaps: number[] = [];
    let last = time.now();
    for (let step = 0; step < 400; step += 1) {
      const before = dcr.calls;
      await time.pass(500);
      if (dcr.calls > before) {
        gaps.push(time.now() - last);
        last = time.now();
      }
    }
    assert.deepEqual(gaps.slice(0, 8), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('a throttling server is called at most five times in five seconds', async () => {
    const { time, dcr, start } = dcrWorld();
    time.dice = [0];
    dcr.always('register', throttled());
    const source = start();
    await time.pass(4_999);
    assert.ok(dcr.calls <= 5, `${dcr.calls} calls`);
    assert.equal(source.status().counts.throttled, dcr.calls);
  });

  test('Retry-After is honoured to the second', async () => {
    const { time, dcr, start } = dcrWorld();
    time.dice = [0];
    dcr.next('register', throttled({ 'retry-after': '60' }));
    const source = start();
    await time.pass(60_000);
    assert.equal(dcr.calls, 1);
    await time.pass(100);
    assert.equal(dcr.registrations.length, 2);
    assert.equal(dcr.tokenRequests.length, 0, 'no burst after a throttling');
    await time.pass(1_050);
    assert.equal(source.status().state, 'ready');
  });

  test('a server that hangs holds nobody for more than a few seconds', async () => {
    const { time, dcr, start } = dcrWorld();
    dcr.next('register', () => new Promise(() => {}));
    const source = start();
    const failure = failureOf(source);
    await time.pass(6_000);
    assert.equal((await failure).code, 'overdue');
    assert.equal((await failureOf(source)).code, 'overdue', 'who comes later is told at once');
    await time.pass(4_000);
    assert.equal(source.status().lastFailure?.code, 'timeout');
  });

  test('the error tells what fails even after a bug inside', async () => {
    const { dcr, start } = dcrWorld();
    dcr.always('register', () => {
      throw new TypeError('boom');
    });
    const source = start();
    assert.equal((await failureOf(source)).code, 'unreachable');
  });
});

describe('A token that the API refuses', () => {
  const refused = (source: TokenSource, token: AccessToken, { proven = false, newClient = false } = {}) =>
    source.successor(token, { proven, newClient });

  test('stays until its successor is there, which is fetched at once', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    const first = await source.token();
    const successor = refused(source, first);
    assert.equal(source.current(), first);
    assert.equal(bearer(await successor), 'Bearer token-2');
    assert.equal(dcr.registrations.length, 1);
    assert.equal(source.status().counts.invalidations, 1);
  });

  test('costs nothing when it is not the newest any more', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    const first = await source.token();
    const second = await refused(source, first);
    assert.equal(await refused(source, first), second);
    assert.equal(dcr.tokenRequests.length, 2);
  });

  test('causes one refresh when five hundred callers say so', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    const first = await source.token();
    const tokens = await Promise.all(Array.from({ length: 500 }, () => refused(source, first)));
    assert.deepEqual(new Set(tokens.map(bearer)), new Set(['Bearer token-2']));
    assert.equal(dcr.tokenRequests.length, 2);
  });

  test('is not replaced for every caller when its successors are refused too', async () => {
    const { dcr, start, time } = dcrWorld();
    const source = start();
    await source.token();
    const codes = new Set<string>();
    for (let caller = 0; caller < 200; caller += 1) {
      source
        .token()
        .then((token) => refused(source, token))
        .catch((error: DcrError) => codes.add(error.code));
      await time.pass(300);
    }
    assert.deepEqual([...codes], ['token_rejected']);
    assert.ok(dcr.tokenRequests.length < 12, `${dcr.tokenRequests.length} token requests in a minute`);
    assert.equal(source.status().state, 'ready', 'the last one stays');
  });

  test('that the API has taken before was revoked, however young, and its successor is fetched at once', async () => {
    const { dcr, start, time } = dcrWorld();
    const source = start();
    for (let revocation = 1; revocation <= 5; revocation += 1) {
      const token = await refused(source, await source.token(), { proven: true });
      assert.equal(bearer(token), `Bearer token-${revocation + 1}`);
      await time.pass(1_000);
    }
    assert.equal(dcr.tokenRequests.length, 6);
  });

  test('while its successor is fetched causes no second request', async () => {
    const { dcr, start, time } = dcrWorld();
    const source = start();
    const token = await source.token();
    dcr.next('token', () => new Promise(() => {}));
    await time.pass(4 * HOUR);
    const successor = refused(source, token);
    successor.catch(() => {});
    await settled();
    assert.equal(dcr.tokenRequests.length, 2);
  });

  test('does not shorten the back-off of a refresh that fails, and its caller is told at once', async () => {
    const { dcr, start, time } = dcrWorld();
    const source = start();
    const token = await source.token();
    dcr.always('token', answer(503, '', { 'retry-after': '300' }));
    await time.pass(4 * HOUR);
    const calls = dcr.calls;
    await assert.rejects(refused(source, token), { code: 'server_error' });
    await time.pass(299_000);
    assert.equal(dcr.calls, calls);
    assert.equal(source.current(), token);
  });

  test('because of its client leads to one new registration in a quarter of an hour, also across restarts', async () => {
    const { dcr, start, time } = dcrWorld();
    let source = start();
    const token = await refused(source, await source.token(), { newClient: true });
    assert.equal(source.status().registration?.clientId, 'client-2');
    await time.pass(60_000);
    await assert.rejects(refused(source, token, { newClient: true }), { code: 'token_rejected' });
    await source.close();
    source = start();
    const restored = await source.token();
    await assert.rejects(refused(source, restored, { newClient: true }), { code: 'token_rejected' });
    assert.equal(dcr.registrations.length, 2);
    await time.pass(15 * 60_000);
    await refused(source, restored, { newClient: true });
    assert.equal(dcr.registrations.length, 3);
  });

  test('because of its client keeps that client until the new one is there', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    const token = await source.token();
    dcr.next('register', answer(503, ''));
    await assert.rejects(refused(source, token, { newClient: true }), { code: 'server_error' });
    assert.equal(source.current(), token);
    assert.equal(source.status().registration?.clientId, 'client-1');
  });

  test('because of a client that has been replaced since says nothing against the present one', async () => {
    const { dcr, start, time } = dcrWorld();
    const source = start();
    const token = await source.token();
    await time.pass(60_000);
    dcr.next('token', oauthError('invalid_client'));
    dcr.always('token', answer(503, ''));
    await assert.rejects(refused(source, token), { code: 'server_error' });
    assert.equal(source.status().registration?.clientId, 'client-2');
    await time.pass(600);
    const told = assert.rejects(refused(source, token, { newClient: true }), { code: 'server_error' });
    await time.pass(5_000);
    await told;
    dcr.heal();
    await time.pass(60_000);
    assert.notEqual(source.current(), token);
    assert.equal(source.status().registration?.clientId, 'client-2');
  });
});

test('An operator’s new registration is made whenever it is asked for', async () => {
  const { dcr, start } = dcrWorld();
  const source = start();
  await source.token();
  await source.registerAnew();
  await source.registerAnew();
  assert.equal(dcr.registrations.length, 3);
  assert.equal(source.status().registration?.clientId, 'client-3');
});

describe('A new statement', () => {
  test('registers anew while the old token serves', async () => {
    const { dcr, start, statement } = dcrWorld();
    const source = start();
    await source.token();
    source.replaceStatement(statement({ sub: 'application-2' }));
    assert.equal(bearer(source.current()), 'Bearer token-1');
    await settled();
    assert.equal(dcr.registrations.length, 2);
    assert.equal(bearer(source.current()), 'Bearer token-2');
    assert.equal(source.status().registration?.clientId, 'client-2');
  });

  test('that is the old one changes nothing', async () => {
    const { dcr, start, statement } = dcrWorld();
    const source = start();
    await source.token();
    source.replaceStatement(statement());
    await settled();
    assert.equal(dcr.calls, 2);
  });

  test('that is the old one again cuts a pause short: it may have been approved', async () => {
    const { dcr, start, statement } = dcrWorld();
    dcr.next('register', oauthError('unapproved_software_statement'));
    const source = start();
    await settled();
    source.replaceStatement(statement());
    assert.equal(bearer(await source.token()), 'Bearer token-1');
  });

  test('ends the call for the old one, which is no failure', async () => {
    const { dcr, start, statement, eventNames } = dcrWorld();
    dcr.next('register', () => new Promise(() => {}));
    const source = start();
    await settled();
    source.replaceStatement(statement({ sub: 'application-2' }));
    await source.token();
    assert.equal(dcr.registrations[0]?.signal.aborted, true);
    assert.equal(source.status().counts.failures, 0);
    assert.ok(!eventNames().includes('attempt-failed'));
  });

  test('begins with short pauses, however long those for the old one were', async () => {
    const { dcr, start, statement, time } = dcrWorld();
    dcr.always('register', answer(503, ''));
    const source = start();
    await time.pass(60_000);
    source.replaceStatement(statement({ sub: 'application-2' }));
    await settled();
    assert.equal((source.status().nextAttemptAt ?? 0) - time.now(), 500);
  });

  test('that is refused leaves the old token in service', async () => {
    const { dcr, start, statement } = dcrWorld();
    const source = start();
    await source.token();
    dcr.always('register', oauthError('unapproved_software_statement'));
    source.replaceStatement(statement({ sub: 'application-2' }));
    await settled();
    assert.equal(source.status().state, 'degraded');
    assert.equal(bearer(source.current()), 'Bearer token-1');
  });

  test('takes those who wait for the old one along', async () => {
    const { dcr, start, statement } = dcrWorld();
    dcr.next('register', () => new Promise(() => {}));
    const source = start();
    const waiting = source.token();
    await settled();
    source.replaceStatement(statement({ sub: 'application-2' }));
    assert.equal(bearer(await waiting), 'Bearer token-1');
    assert.equal(source.status().registration?.clientId, 'client-2');
  });

  test('makes an answer for the old one void, even in the moment in which it comes', async () => {
    const { dcr, start, statement } = dcrWorld();
    let release = () => {};
    dcr.next('register', async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return answer(201, { client_id: 'of-the-old', client_secret: 'x' });
    });
    const source = start();
    await settled();
    release();
    source.replaceStatement(statement({ sub: 'application-2' }));
    await source.token();
    assert.equal(source.status().registration?.clientId, 'client-2');
  });
});

describe('Closing', () => {
  test('stops timers and tells those who wait', async () => {
    const { dcr, start, time } = dcrWorld();
    dcr.always('token', () => new Promise(() => {}));
    const source = start();
    const waiting = failureOf(source);
    await settled();
    await source.close();
    assert.equal((await waiting).code, 'closed');
    assert.equal(time.pendingTimers, 0);
    assert.equal((await failureOf(source)).code, 'closed');
  });

  test('leaves the token to requests that are still in flight', async () => {
    const { start, time } = dcrWorld();
    const source = start();
    const token = await source.token();
    await source.close();
    assert.equal(source.current(), token);
    assert.equal(await source.token(), token);
    assert.equal(time.pendingTimers, 0);
  });

  test('waits for a save under way', async () => {
    let finish = () => {};
    const { start } = dcrWorld({
      load: async () => ({ outcome: 'absent' }),
      save: async (_, { token }) => {
        if (token === undefined) return;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    const source = start();
    await settled();
    let closed = false;
    const closing = source.close().then(() => {
      closed = true;
    });
    await settled();
    assert.equal(closed, false);
    finish();
    await closing;
  });

  test('leaves nothing planned', async () => {
    const { start } = dcrWorld();
    const source = start();
    await source.token();
    await source.close();
    assert.equal(source.status().nextAttemptAt, null);
  });

  test('makes what comes after it harmless', async () => {
    const { dcr, start, statement } = dcrWorld();
    const source = start();
    const token = await source.token();
    await source.close();
    await assert.rejects(source.successor(token, { proven: true, newClient: false }), { code: 'closed' });
    source.replaceStatement(statement({ sub: 'application-2' }));
    await settled();
    assert.equal(dcr.calls, 2);
  });
});

test('The status shows no secret and survives JSON', async () => {
  const { start } = dcrWorld();
  const source = start();
  await source.token();
  const json = JSON.stringify(source.status());
  assert.doesNotMatch(json, /secret-1|token-1/);
  assert.match(json, /client-1/);
});

test('The status tells the end of credentials, and when nothing is planned because a call is under way', async () => {
  const { dcr, start, time } = dcrWorld();
  const end = time.now() / 1000 + 86_400;
  dcr.next('register', () => dcr.registered({ client_secret_expires_at: end }));
  const source = start();
  assert.equal(source.status().nextAttemptAt, null);
  assert.equal(source.status().registration, null);
  await source.token();
  assert.equal(source.status().registration?.expiresAt, end * 1000);
  assert.equal(source.status().nextAttemptAt, source.status().token?.refreshAt);
  dcr.next('token', () => new Promise(() => {}));
  await time.pass(4 * HOUR);
  assert.equal(source.status().nextAttemptAt, null);
});
