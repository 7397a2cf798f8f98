import type { KnownSecrets } from '../base/known-secrets.ts';
import type { CredentialStore, FleetStore } from '../oauth/index.ts';

/** Notes the secrets that a store is given and gives: all credentials and tokens pass through one. */
export const notingStore = (store: CredentialStore, secrets: KnownSecrets): CredentialStore => ({
  load: async (binding) => noted(await store.load(binding), secrets),
  save: (binding, state) => store.save(binding, noted(state, secrets)),
});

/** The same for what other replicas got. */
export const notingFleetStore = (store: FleetStore, secrets: KnownSecrets): FleetStore => ({
  ...store,
  read: async (binding) => noted(await store.read(binding), secrets),
  claim: async (binding) => noted(await store.claim(binding), secrets),
});

const noted = <T>(value: T, secrets: KnownSecrets): T => {
  secrets.note(value);
  return value;
};
