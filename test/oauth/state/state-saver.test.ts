import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../../src/base/secret.ts';
import { epochMs } from '../../../src/base/units.ts';
import type { DcrEvent } from '../../../src/oauth/protocol/dcr-event.ts';
import type {
  CredentialStore,
  StateBinding,
  StoredState,
} from '../../../src/oauth/state/credential-store.ts';
import { StateSaver } from '../../../src/oauth/state/state-saver.ts';
import { settled, VirtualTime } from '../../support/virtual-time.ts';

const BINDING: StateBinding = { statementFingerprint: 'f', dcrUrl: 'u' };
const stateOf = (clientId: string): StoredState => ({
  credentials: { clientId, clientSecret: new Secret('s'), issuedAt: epochMs(1) },
});

/** A saver over a store whose saves end when, and as, the test says. */
function saverWorld() {
  const time = new VirtualTime();
  const begun: string[] = [];
  const events: DcrEvent[] = [];
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const store: CredentialStore = {
    load: async () => ({ outcome: 'absent' }),
    save: (_, { credentials }) => {
      begun.push(credentials.clientId);
      return new Promise((resolve, reject) => open.push({ resolve, reject }));
    },
  };
  const saver = new StateSaver(store, time, (event) => events.push(event));
  const end = async (error?: Error) => {
    const save = open.shift();
    assert.ok(save, 'no save is under way');
    if (error === undefined) save.resolve();
    else save.reject(error);
    await settled();
  };
  return { time, begun, events, saver, end };
}

describe('The saver', () => {
  test('saves one state at a time, and of those that wait only the last', async () => {
    const { begun, saver, end } = saverWorld();
    void saver.save({ binding: BINDING, state: stateOf('a') });
    void saver.save({ binding: BINDING, state: stateOf('b') });
    const last = saver.save({ binding: BINDING, state: stateOf('c') });
    assert.deepEqual(begun, ['a']);
    await end();
    assert.deepEqual(begun, ['a', 'c']);
    await end();
    await last;
  });

  test('forgets no save that is asked for in the moment in which another ends', async () => {
    const { begun, saver, end } = saverWorld();
    const first = saver
      .save({ binding: BINDING, state: stateOf('a') })
      .then(() => saver.save({ binding: BINDING, state: stateOf('b') }));
    await end();
    assert.deepEqual(begun, ['a', 'b']);
    await end();
    await first;
  });

  test('reports a failure, tries again after a minute, and reports the recovery', async () => {
    const { time, begun, events, saver, end } = saverWorld();
    const save = saver.save({ binding: BINDING, state: stateOf('a') });
    await end(new Error('ENOSPC'));
    await save;
    assert.deepEqual(
      events.map(({ event }) => event),
      ['save-failed'],
    );
    await time.pass(59_999);
    assert.equal(begun.length, 1);
    await time.pass(1);
    assert.deepEqual(begun, ['a', 'a']);
    await end();
    assert.equal(events.at(-1)?.event, 'save-recovered');
    assert.equal(time.pendingTimers, 0);
  });

  test('does not write an older state over a newer one when it tries again', async () => {
    const { time, begun, saver, end } = saverWorld();
    void saver.save({ binding: BINDING, state: stateOf('a') });
    void saver.save({ binding: BINDING, state: stateOf('b') });
    await end(new Error('ENOSPC'));
    await end();
    await time.pass(600_000);
    assert.deepEqual(begun, ['a', 'b']);
  });

  test('waits at its close for the save under way, and tries a failed one a last time', async () => {
    const { time, begun, saver, end } = saverWorld();
    void saver.save({ binding: BINDING, state: stateOf('a') });
    await end(new Error('EROFS'));
    let closed = false;
    const closing = saver.close().then(() => {
      closed = true;
    });
    await settled();
    assert.equal(closed, false);
    await end(new Error('EROFS'));
    await closing;
    assert.deepEqual(begun, ['a', 'a']);
    assert.equal(time.pendingTimers, 0);
  });
});
