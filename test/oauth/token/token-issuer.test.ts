import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CredentialStore } from '../../../src/oauth/state/credential-store.ts';
import { createMemoryStore } from '../../../src/oauth/state/open-store.ts';
import { answer, bearer, dcrWorld, oauthError } from '../../support/dcr-world.ts';
import { settled } from '../../support/virtual-time.ts';

const HOUR = 3_600_000;

describe('A restart', () => {
  test('uses what is stored and calls nobody while the token is good', async () => {
    const world = dcrWorld();
    const first = world.start();
    await first.token();
    await first.close();
    await world.time.pass(HOUR);
    const second = world.start();
    assert.equal(bearer(await second.token()), 'Bearer token-1');
    assert.equal(world.dcr.calls, 2);
    assert.ok(world.eventNames().includes('restored'));
  });

  test('asks for a new token with the stored credentials when the token has expired', async () => {
    const world = dcrWorld();
    const first = world.start();
    await first.token();
    await first.close();
    await world.time.pass(7 * HOUR);
    const second = world.start();
    assert.equal(bearer(await second.token()), 'Bearer token-2');
    assert.equal(world.dcr.registrations.length, 1);
  });

  test('serves a token that is due for refresh while its successor is fetched', async () => {
    const world = dcrWorld();
    const first = world.start();
    await first.token();
    await first.close();
    await world.time.pass(5 * HOUR);
    world.dcr.next('token', () => new Promise(() => {}));
    const second = world.start();
    assert.equal(bearer(await second.token()), 'Bearer token-1');
    await settled();
    assert.equal(world.dcr.tokenRequests.length, 2);
  });

  test('with another statement registers anew', async () => {
    const world = dcrWorld();
    const first = world.start();
    await first.token();
    await first.close();
    const second = world.start({ statement: world.statement({ sub: 'application-2' }) });
    assert.equal(bearer(await second.token()), 'Bearer token-2');
    assert.equal(world.dcr.registrations.length, 2);
    assert.ok(world.events.some((it) => it.event === 'state-set-aside' && it.reason === 'foreign'));
  });

  test('does not trust a token that was received in the future', async () => {
    const world = dcrWorld();
    const first = world.start();
    await first.token();
    await first.close();
    world.time.setClock(-24 * HOUR);
    const second = world.start();
    assert.equal(bearer(await second.token()), 'Bearer token-2');
    assert.equal(world.dcr.registrations.length, 1, 'the credentials are still good');
  });
});

describe('Credentials that are refused', () => {
  test('are replaced once, and one more token request is made', async () => {
    const { dcr, start, time, eventNames } = dcrWorld();
    const source = start();
    await source.token();
    dcr.next('token', oauthError('invalid_client'));
    await time.pass(4 * HOUR);
    assert.equal(dcr.registrations.length, 2);
    assert.equal(dcr.tokenRequests.length, 3);
    assert.equal(bearer(source.current()), 'Bearer token-3');
    assert.ok(eventNames().includes('credentials-rejected'));
  });

  test('as soon as they are issued are tried once more before anybody registers again', async () => {
    const { dcr, start, time } = dcrWorld();
    dcr.next('token', oauthError('invalid_client'));
    const source = start();
    await settled();
    assert.equal(source.status().lastFailure?.code, 'invalid_client');
    await time.pass(500);
    assert.equal(source.status().state, 'ready');
    assert.equal(dcr.registrations.length, 1);
  });

  test('for ever are registered twice, and then not before a quarter of an hour is over', async () => {
    const { dcr, start, time } = dcrWorld();
    dcr.always('token', oauthError('invalid_client'));
    start();
    const registrations: number[] = [];
    for (let minute = 1; minute <= 60; minute += 1) {
      await time.pass(60_000);
      registrations.push(dcr.registrations.length);
    }
    assert.deepEqual([registrations[4], registrations[13]], [2, 2]);
    assert.ok((registrations[59] ?? 0) <= 8, `${registrations[59]} registrations in an hour`);
    assert.ok(dcr.tokenRequests.length < 100, `${dcr.tokenRequests.length} token requests`);
  });

  test('for ever are not registered again by a restart', async () => {
    const { dcr, start, time } = dcrWorld();
    dcr.always('token', oauthError('invalid_client'));
    for (let run = 1; run <= 10; run += 1) {
      const source = start();
      await time.pass(70_000);
      await source.close();
    }
    assert.equal(dcr.registrations.length, 2);
  });

  test('serve on as long as no others can be had', async () => {
    const { dcr, start, time } = dcrWorld();
    const source = start();
    await source.token();
    dcr.next('token', oauthError('invalid_client'));
    dcr.next('register', answer(503, ''));
    await time.pass(4 * HOUR);
    await time.pass(1_000);
    assert.equal(dcr.registrations.length, 2);
    assert.equal(source.status().registration?.clientId, 'client-1', 'the server knew it after all');
    assert.equal(source.status().state, 'ready');
  });

  test('are not what any other error means', async () => {
    for (const error of [
      'invalid_request',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_grant',
    ]) {
      const { dcr, start, time } = dcrWorld();
      dcr.always('token', oauthError(error));
      start();
      await time.pass(2 * HOUR);
      assert.equal(dcr.registrations.length, 1, error);
    }
  });
});

test('Credentials whose lifetime has ended are replaced without asking', async () => {
  const { dcr, start, time, eventNames } = dcrWorld();
  dcr.next('register', () => dcr.registered({ client_secret_expires_at: time.now() / 1000 + 3600 }));
  const source = start();
  await source.token();
  await time.pass(4 * HOUR);
  assert.equal(dcr.registrations.length, 2);
  assert.equal(dcr.tokenRequests.length, 2);
  assert.ok(eventNames().includes('credentials-expired'));
});

describe('Saving', () => {
  test('comes before the first use of new credentials', async () => {
    const memory = createMemoryStore();
    let finish = () => {};
    const slow: CredentialStore = {
      load: memory.load,
      save: async (binding, state) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await memory.save(binding, state);
      },
    };
    const { dcr, start } = dcrWorld(slow);
    start();
    await settled();
    assert.equal(dcr.registrations.length, 1);
    assert.equal(dcr.tokenRequests.length, 0);
    finish();
    await settled();
    assert.equal(dcr.tokenRequests.length, 1);
  });

  test('that hangs delays the service by five seconds, not for ever', async () => {
    const hanging: CredentialStore = { load: createMemoryStore().load, save: () => new Promise(() => {}) };
    const { start, time } = dcrWorld(hanging);
    const source = start();
    await time.pass(5_000);
    assert.equal(source.status().state, 'ready');
  });

  test('that fails is a warning, and the service goes on from memory', async () => {
    const full: CredentialStore = {
      load: createMemoryStore().load,
      save: async () => {
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      },
    };
    const { start, eventNames } = dcrWorld(full);
    const source = start();
    assert.equal(bearer(await source.token()), 'Bearer token-1');
    assert.ok(eventNames().includes('save-failed'));
  });
});

test('A store that cannot be read is a warning, and new credentials are registered', async () => {
  const broken: CredentialStore = {
    ...createMemoryStore(),
    load: async () => {
      throw new Error('EIO');
    },
  };
  const { start, eventNames } = dcrWorld(broken);
  assert.equal(bearer(await start().token()), 'Bearer token-1');
  assert.ok(eventNames().includes('load-failed'));
});

test('A 429 for one client slows all that share its budget', async () => {
  const world = dcrWorld();
  const pauses: number[] = [];
  world.dcr.next('register', answer(429, '', { 'retry-after': '4' }));
  world.start({ budget: { acquire: async () => {}, throttled: (pause) => pauses.push(pause) } });
  await settled();
  assert.deepEqual(pauses, [4000]);
});
