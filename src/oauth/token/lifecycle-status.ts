import type { EpochMs } from '../../base/units.ts';
import type { AccessToken, ClientCredentials } from '../protocol/credentials.ts';
import type { DcrError } from '../protocol/dcr-error.ts';

export interface TokenSourceStatus {
  /**
   * `ready`: a usable token. `degraded`: a usable token, but the last refresh failed. `starting`: none yet, no failure
   * yet. `unavailable`: none, and the last attempt failed.
   */
  readonly state: 'starting' | 'ready' | 'degraded' | 'unavailable';
  readonly registration: Omit<ClientCredentials, 'clientSecret' | 'basic'> | null;
  readonly token: (Omit<AccessToken, 'authorization'> & Pick<HeldToken, 'refreshAt'>) | null;
  /** Without its cause and stack. */
  readonly lastFailure:
    | (Pick<DcrError, 'code' | 'message' | 'advice' | 'retryable'> & Pick<DatedFailure, 'at'>)
    | null;
  /** When the next refresh or retry is due; `null` while a flight is under way or nothing is planned. */
  readonly nextAttemptAt: EpochMs | null;
  readonly counts: Readonly<
    Record<'registrations' | 'tokenRequests' | 'failures' | 'throttled' | 'invalidations', number>
  >;
}

/** A token, and when to begin to fetch its successor. */
export interface HeldToken {
  readonly token: AccessToken;
  readonly refreshAt: EpochMs;
}

export interface DatedFailure {
  readonly error: DcrError;
  readonly at: EpochMs;
}

/**
 * A moment of the lifecycle as people may see it: field by field, so that no secret comes along.
 * @param failure the last one, if nothing succeeded since
 */
export const lifecycleStatus = (
  credentials: ClientCredentials | undefined,
  held: HeldToken | undefined,
  usable: boolean,
  failure: DatedFailure | undefined,
): Omit<TokenSourceStatus, 'nextAttemptAt' | 'counts'> => ({
  state: stateOf(usable, failure !== undefined),
  registration: credentials ? only(credentials, 'clientId', 'issuedAt', 'expiresAt', 'scopes') : null,
  token: held ? { ...only(held.token, 'receivedAt', 'expiresAt'), refreshAt: held.refreshAt } : null,
  lastFailure: failure
    ? { ...only(failure.error, 'code', 'message', 'advice', 'retryable'), at: failure.at }
    : null,
});

const stateOf = (usable: boolean, failed: boolean): TokenSourceStatus['state'] => {
  if (usable) return failed ? 'degraded' : 'ready';
  return failed ? 'unavailable' : 'starting';
};

const only = <T extends object, Name extends keyof T>(from: T, ...names: readonly Name[]): Pick<T, Name> =>
  Object.fromEntries(names.flatMap((name) => (name in from ? [[name, from[name]]] : []))) as Pick<T, Name>;
