import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { DcrError } from '../../../src/oauth/protocol/dcr-error.ts';
import { WaitingRoom } from '../../../src/oauth/token/waiting-room.ts';
import { tokenOf } from '../../support/credential-store-contract.ts';

test('All who wait get the same token, and later ones wait for the next', async () => {
  const room = new WaitingRoom();
  const first = [room.wait(undefined), room.wait(new AbortController().signal)];
  room.resolveAll(tokenOf('1'));
  const later = room.wait(undefined);
  room.resolveAll(tokenOf('2'));
  assert.deepEqual(
    (await Promise.all([...first, later])).map((token) => token.authorization.reveal()),
    ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'],
  );
});

test('All who wait get the same failure', async () => {
  const room = new WaitingRoom();
  const failure = new DcrError('timeout', 'x');
  const waits = [room.wait(undefined), room.wait(undefined)].map((wait) => assert.rejects(wait, failure));
  room.rejectAll(failure);
  await Promise.all(waits);
});

test('Who leaves gets nothing more, and does not disturb the others', async () => {
  const room = new WaitingRoom();
  const leaving = new AbortController();
  const reason = new Error('bye');
  const left = assert.rejects(room.wait(leaving.signal), { code: 'aborted', cause: reason });
  const other = room.wait(undefined);
  leaving.abort(reason);
  await left;
  room.resolveAll(tokenOf('1'));
  assert.equal((await other).authorization.reveal(), 'Bearer token-1');
});

test('Nothing stays on the signal of who got an answer', async () => {
  const room = new WaitingRoom();
  const { signal } = new AbortController();
  const wait = room.wait(signal);
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  room.resolveAll(tokenOf('1'));
  await wait;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});
