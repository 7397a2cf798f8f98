import type { EpochMs, Milliseconds } from '../../base/units.ts';
import type { ApiRefusal } from './api-refusal.ts';
import type { DcrError, DcrErrorCode } from './dcr-error.ts';

/** What happens to credentials and tokens, with the fields that the log has. None holds a secret. */
export type DcrEvent =
  | {
      readonly event: 'dcr-call';
      readonly operation: 'register' | 'token';
      readonly outcome: 'ok' | DcrErrorCode;
      readonly durationMs: Milliseconds;
      readonly status?: number;
    }
  | { readonly event: 'restored'; readonly clientId: string; readonly tokenExpiresAt?: EpochMs }
  | { readonly event: 'registered'; readonly clientId: string; readonly expiresAt?: EpochMs }
  /** Adobe no longer knows the credentials (`invalid_client`): new ones are registered. */
  | { readonly event: 'credentials-rejected'; readonly clientId: string }
  | { readonly event: 'credentials-expired'; readonly clientId: string }
  | { readonly event: 'token-received'; readonly expiresAt: EpochMs; readonly refreshAt: EpochMs }
  /** The token's own dates contradict each other or our clock. */
  | { readonly event: 'clock-skew'; readonly disbelieved: readonly ('created_at' | 'exp')[] }
  /** The API refused a token (401); `consecutive` counts tokens refused soon after they were issued. */
  | { readonly event: 'token-rejected'; readonly ageMs: Milliseconds; readonly consecutive: number }
  /** It is passed on as the affair of its place, or another token is fetched. Told once for each place and token. */
  | ({
      readonly event: 'api-refused';
      readonly act: 'pass-on' | 'successor';
      readonly route: string;
      readonly path: string;
    } & ApiRefusal)
  /** `serving`: an older token still serves. */
  | {
      readonly event: 'attempt-failed';
      readonly error: DcrError;
      readonly nextAttemptAt: EpochMs;
      readonly serving: boolean;
    }
  | { readonly event: 'statement-replaced'; readonly fingerprint: string }
  /** Stored state could not be used. It was kept under the name `keptAs`, where that was possible. */
  | { readonly event: 'state-set-aside'; readonly reason: SetAsideReason; readonly keptAs?: string }
  /** The store could not be read, or is sealed with a key that we do not have; it is left as it is. */
  | { readonly event: 'load-failed'; readonly error: Error }
  | { readonly event: 'save-failed'; readonly error: Error; readonly nextAttemptAt: EpochMs }
  | { readonly event: 'save-recovered' }
  | { readonly event: 'shared-token-taken'; readonly clientId: string; readonly expiresAt: EpochMs }
  /** The store that the fleet shares is away: this replica goes on with what it holds, and then alone. Told once. */
  | { readonly event: 'shared-store-lost'; readonly error: Error }
  | { readonly event: 'shared-store-recovered' }
  /** What is there was not sealed by this fleet for this client and statement; it is ignored. Told once. */
  | { readonly event: 'shared-state-disbelieved' }
  /** This replica held the lease but stalled: another went on, and what this one wrote late was refused. */
  | { readonly event: 'lease-superseded' };

export type SetAsideReason = 'corrupt' | 'foreign' | 'not-a-file' | 'unsealed';

/** Called synchronously; must not throw. */
export type DcrEventListener = (event: DcrEvent) => void;
