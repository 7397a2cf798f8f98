import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../src/base/secret.ts';
import { epochMs } from '../../src/base/units.ts';
import type { CredentialStore, StateBinding, StoredState } from '../../src/oauth/state/credential-store.ts';

export const bindingOf = (statement: string, dcrUrl = 'https://dcr.test/'): StateBinding => ({
  statementFingerprint: statement.repeat(64).slice(0, 64),
  dcrUrl,
});

export const stateOf = (name: string, more: Partial<StoredState> = {}): StoredState => ({
  credentials: {
    clientId: `client-${name}`,
    clientSecret: new Secret(`secret-${name}`),
    issuedAt: epochMs(1_700_000_000_000),
  },
  ...more,
});

export const tokenOf = (name: string) => ({
  authorization: new Secret(`Bearer token-${name}`),
  receivedAt: epochMs(1_700_000_000_000),
  expiresAt: epochMs(1_700_021_600_000),
});

/** A state with its secrets told, so that two can be compared. */
export const told = ({ credentials, token }: StoredState) => ({
  ...credentials,
  clientSecret: credentials.clientSecret.reveal(),
  token: token && { ...token, authorization: token.authorization.reveal() },
});

/** The promises of {@link CredentialStore}, held against one implementation. */
export function credentialStoreContract(
  kind: string,
  withStore: (use: (store: CredentialStore) => Promise<void>) => Promise<void>,
  /**
   * A store holds `one` state, or finds again what it has set `aside`. One with room for `many` keeps them apart, so that it need not set
   * one aside.
   */
  {
    holds = 'one',
    skip = false,
  }: { readonly holds?: 'one' | 'aside' | 'many'; readonly skip?: string | false } = {},
): void {
  describe(`A ${kind} store`, { skip }, () => {
    const contract = (promise: string, use: (store: CredentialStore) => Promise<void>) =>
      test(promise, () => withStore(use));

    contract('holds nothing at first', async (store) => {
      assert.deepEqual(await store.load(bindingOf('a')), { outcome: 'absent' });
    });

    contract('gives back what was saved', async (store) => {
      const state = stateOf('1', { token: tokenOf('1') });
      await store.save(bindingOf('a'), state);
      const loaded = await store.load(bindingOf('a'));
      assert.ok(loaded.outcome === 'found');
      assert.deepEqual(told(loaded.state), told(state));
    });

    contract('gives it back as often as asked', async (store) => {
      await store.save(bindingOf('a'), stateOf('1'));
      for (let time = 0; time < 3; time += 1)
        assert.equal((await store.load(bindingOf('a'))).outcome, 'found');
    });

    contract('keeps the end of credentials, and the lack of a token', async (store) => {
      const state = stateOf('1');
      const credentials = { ...state.credentials, expiresAt: epochMs(1_800_000_000_000) };
      await store.save(bindingOf('a'), { credentials });
      const loaded = await store.load(bindingOf('a'));
      assert.ok(loaded.outcome === 'found');
      assert.equal(loaded.state.credentials.expiresAt, 1_800_000_000_000);
      assert.equal(loaded.state.token, undefined);
    });

    contract('replaces what was there', async (store) => {
      await store.save(bindingOf('a'), stateOf('1', { token: tokenOf('1') }));
      await store.save(bindingOf('a'), stateOf('2'));
      const loaded = await store.load(bindingOf('a'));
      assert.ok(loaded.outcome === 'found');
      assert.deepEqual(told(loaded.state), told(stateOf('2')));
    });

    for (const [whose, other] of [
      ['another statement', bindingOf('b')],
      ['another DCR server', bindingOf('a', 'https://dcr-staging.test/')],
    ] as const) {
      if (holds === 'many') {
        contract(`never gives the state of ${whose}, and keeps both`, async (store) => {
          await store.save(bindingOf('a'), stateOf('1'));
          assert.deepEqual(await store.load(other), { outcome: 'absent' });
          await store.save(other, stateOf('2'));
          const [first, second] = [await store.load(bindingOf('a')), await store.load(other)];
          assert.ok(first.outcome === 'found' && second.outcome === 'found');
          assert.equal(first.state.credentials.clientId, 'client-1');
          assert.equal(second.state.credentials.clientId, 'client-2');
        });
        continue;
      }
      contract(`never gives the state of ${whose}, and sets it aside`, async (store) => {
        await store.save(bindingOf('a'), stateOf('1'));
        const loaded = await store.load(other);
        assert.ok(loaded.outcome === 'set-aside');
        assert.equal(loaded.reason, 'foreign');
        assert.deepEqual(await store.load(other), { outcome: 'absent' });
        const again = await store.load(bindingOf('a'));
        assert.equal(again.outcome, holds === 'aside' ? 'found' : 'absent');
        await store.save(other, stateOf('2'));
        assert.equal((await store.load(other)).outcome, 'found');
      });
    }
  });
}
