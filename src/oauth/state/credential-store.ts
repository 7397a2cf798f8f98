import type { AccessToken, ClientCredentials } from '../protocol/credentials.ts';
import type { SetAsideReason } from '../protocol/dcr-event.ts';
import type { Registration } from '../token/registration-policy.ts';

/** What stored state belongs to. State of another statement or another DCR server is never used. */
export interface StateBinding {
  readonly statementFingerprint: string;
  readonly dcrUrl: string;
}

export interface StoredState {
  readonly credentials: ClientCredentials;
  readonly token?: AccessToken;
  /** Registrations of late, so that a restart does not begin to count anew. */
  readonly registrations?: readonly Registration[];
}

export type LoadOutcome =
  | { readonly outcome: 'found'; readonly state: StoredState }
  | { readonly outcome: 'absent' }
  /** There was something else. It is kept, out of the way, as `keptAs` where the store has names. */
  | { readonly outcome: 'set-aside'; readonly reason: SetAsideReason; readonly keptAs?: string };

/** Where credentials and token survive a restart: one store for each client. */
export interface CredentialStore {
  /** @throws when the store cannot be read; what is in it stays untouched. */
  load(binding: StateBinding): Promise<LoadOutcome>;
  /**
   * Replaces what is stored, all or nothing. When it resolves, the state survives a crash of the process and, where the
   * store is durable, of the machine. Not to be called while another save is under way.
   */
  save(binding: StateBinding, state: StoredState): Promise<void>;
}

export const sameBinding = (a: StateBinding, b: StateBinding): boolean =>
  a.statementFingerprint === b.statementFingerprint && a.dcrUrl === b.dcrUrl;
