import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DcrError } from '../../../src/oauth/index.ts';
import { dcrWorld, oauthError, throttled } from '../../support/dcr-world.ts';
import { settled } from '../../support/virtual-time.ts';

describe('A refresh on demand', () => {
  test('brings a new token with the same credentials while the old one serves', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    const old = await source.token();
    const refreshed = source.refresh();
    assert.equal(source.current(), old);
    await refreshed;
    assert.notEqual(source.current(), old);
    assert.equal(dcr.registrations.length, 1);
    assert.equal(dcr.tokenRequests.length, 2);
    await source.close();
  });

  test('joins the flight under way instead of starting another', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    await Promise.all([source.refresh(), source.refresh(), source.token()]);
    assert.equal(dcr.calls, 2);
    await source.close();
  });

  test('does not wait for a back-off to end', async () => {
    const { dcr, start } = dcrWorld();
    dcr.next('token', oauthError('unauthorized_client'));
    const source = start();
    await settled();
    assert.equal(source.status().state, 'unavailable');
    await source.refresh();
    assert.equal(source.status().state, 'ready');
    await source.close();
  });

  test('says why no token came, and keeps the old one in service', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    const old = await source.token();
    dcr.next('token', throttled());
    await assert.rejects(
      source.refresh(),
      (error) => error instanceof DcrError && error.code === 'throttled',
    );
    assert.equal(source.current(), old);
    await source.close();
  });

  test('is refused once the source is closed', async () => {
    const { dcr, start } = dcrWorld();
    const source = start();
    await source.token();
    await source.close();
    await assert.rejects(source.refresh(), (error) => error instanceof DcrError && error.code === 'closed');
    assert.equal(dcr.calls, 2);
  });
});
