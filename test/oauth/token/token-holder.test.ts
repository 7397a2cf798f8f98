import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import type { AccessToken } from '../../../src/oauth/protocol/credentials.ts';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import { TokenHolder } from '../../../src/oauth/token/token-holder.ts';
import { tokenOf } from '../../support/credential-store-contract.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

/** Tokens that come when the test says so. */
class Holder extends TokenHolder {
  constructor() {
    super(new VirtualTime());
  }

  comes(token: AccessToken): void {
    this.resolveAll(token);
  }

  fails(error: DcrError): void {
    this.rejectAll(error);
  }

  protected override expect(): void {}

  protected override replace(): void {}
}

test('All who wait get the same token, and later ones wait for the next', async () => {
  const holder = new Holder();
  const first = [holder.token(), holder.token({ signal: new AbortController().signal })];
  holder.comes(tokenOf('1'));
  const later = holder.token();
  holder.comes(tokenOf('2'));
  assert.deepEqual(
    (await Promise.all([...first, later])).map((token) => token.authorization.reveal()),
    ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
  );
});

test('All who wait get the same failure', async () => {
  const holder = new Holder();
  const failure = new DcrError('timeout', 'x');
  const waits = [holder.token(), holder.token()].map((wait) => assert.rejects(wait, failure));
  holder.fails(failure);
  await Promise.all(waits);
});

test('Who leaves gets nothing more, and does not disturb the others', async () => {
  const holder = new Holder();
  const leaving = new AbortController();
  const reason = new Error('bye');
  const left = assert.rejects(holder.token({ signal: leaving.signal }), { code: 'aborted', cause: reason });
  const other = holder.token();
  leaving.abort(reason);
  await left;
  holder.comes(tokenOf('1'));
  assert.equal((await other).authorization.reveal(), 'Bearer token-1');
});

test('Nothing stays on the signal of who got an answer', async () => {
  const holder = new Holder();
  const { signal } = new AbortController();
  const wait = holder.token({ signal });
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  holder.comes(tokenOf('1'));
  await wait;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});
