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

/** A moment of the lifecycle, as it is inside. */
export interface LifecycleMoment {
  readonly credentials: ClientCredentials | undefined;
  readonly held: HeldToken | undefined;
  /** Whether `held` may be sent now. */
  readonly usable: boolean;
  /** The last failure, if nothing succeeded since. */
  readonly failure: DatedFailure | undefined;
  readonly nextAttemptAt: EpochMs | null;
  readonly counts: TokenSourceStatus['counts'];
}

/** The same moment, as people may see it: field by field, so that no secret comes along. */
export function lifecycleStatus(moment: LifecycleMoment): TokenSourceStatus {
  const { credentials, held, failure, nextAttemptAt, counts } = moment;
  return {
    state: stateOf(moment),
    registration: credentials === undefined ? null : shownCredentials(credentials),
    token:
      held === undefined
        ? null
        : { receivedAt: held.token.receivedAt, expiresAt: held.token.expiresAt, refreshAt: held.refreshAt },
    lastFailure: failure === undefined ? null : shownFailure(failure),
    nextAttemptAt,
    counts,
  };
}

function stateOf({ usable, failure }: LifecycleMoment): TokenSourceStatus['state'] {
  if (usable) return failure === undefined ? 'ready' : 'degraded';
  return failure === undefined ? 'starting' : 'unavailable';
}

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
