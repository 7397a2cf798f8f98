import type { EpochMs } from '../../base/units.ts';
import type { AccessToken, ClientCredentials } from '../protocol/credentials.ts';
import type { DcrError } from '../protocol/dcr-error.ts';
import type { TokenSourceStatus } from './token-source.ts';

/** A token with what the policy says about it. */
export interface HeldToken {
  readonly token: AccessToken;
  readonly refreshAt: EpochMs;
  readonly usableUntil: EpochMs;
}

export interface DatedFailure {
  readonly error: DcrError;
  readonly at: EpochMs;
}

/**
 * A moment of the lifecycle as people may see it: field by field, so that no secret comes along.
 * @param usable whether `held` may be sent now
 * @param failure the last one, if nothing succeeded since
 */
export const lifecycleStatus = (
  credentials: ClientCredentials | undefined,
  held: HeldToken | undefined,
  usable: boolean,
  failure: DatedFailure | undefined,
): Omit<TokenSourceStatus, 'nextAttemptAt' | 'counts'> => ({
  state: stateOf(usable, failure),
  registration: credentials === undefined ? null : shownCredentials(credentials),
  token:
    held === undefined
      ? null
      : { receivedAt: held.token.receivedAt, expiresAt: held.token.expiresAt, refreshAt: held.refreshAt },
  lastFailure: failure === undefined ? null : shownFailure(failure),
});

const stateOf = (usable: boolean, failure: DatedFailure | undefined): TokenSourceStatus['state'] => {
  if (usable) return failure === undefined ? 'ready' : 'degraded';
  return failure === undefined ? 'starting' : 'unavailable';
};

const shownCredentials = ({ clientId, issuedAt, expiresAt, scopes }: ClientCredentials) => ({
  clientId,
  issuedAt,
  ...(expiresAt !== undefined && { expiresAt }),
  ...(scopes !== undefined && { scopes }),
});

const shownFailure = ({ error: { code, message, advice, retryable }, at }: DatedFailure) => ({
  code,
  message,
  advice,
  retryable,
  at,
});
