import type { EpochMs } from '../../base/units.ts';
import type { AccessToken } from '../protocol/access-token.ts';

/** What the rest of the program knows of Adobe's OAuth: a source of tokens (model: Go's `oauth2.TokenSource`). */
export interface TokenSource {
  /** The current token if it is usable now, else `undefined`. Synchronous: the hot path awaits nothing. */
  current(): AccessToken | undefined;
  /**
   * The current token, or the one that the flight under way brings. Starts a flight if none is and the back-off allows.
   * @throws {DcrError} when none can be had now, or when `signal` aborts (its reason is then the cause).
   */
  token(options?: { readonly signal?: AbortSignal }): Promise<AccessToken>;
  /**
   * Says that the API refused this token (401). Ignored if it is not the current one any more.
   * @param options.served whether the API has taken it before: then it was revoked, however young it is. Default `false`.
   */
  invalidate(token: AccessToken, options?: { readonly served?: boolean }): void;
  status(): TokenSourceStatus;
  /** Stops timers and flights; waits for a save under way. */
  close(): Promise<void>;
}

/** What whoever sends requests needs of a source. */
export type BearerTokens = Pick<TokenSource, 'current' | 'token' | 'invalidate'>;

/** A failure as people may see it: no secret, no stack. */
export interface ReportedFailure {
  readonly code: string;
  readonly message: string;
  /** What a person can do about it. */
  readonly advice: string;
  readonly retryable: boolean;
  readonly at: EpochMs;
}

export interface TokenSourceStatus {
  /** `ready`: a usable token. `degraded`: a usable token, but the last refresh failed. `starting`: none yet, no failure yet. `unavailable`: none, and the last attempt failed. */
  readonly state: 'starting' | 'ready' | 'degraded' | 'unavailable';
  readonly registration: {
    readonly clientId: string;
    readonly issuedAt: EpochMs;
    readonly expiresAt?: EpochMs;
  } | null;
  readonly token: {
    readonly receivedAt: EpochMs;
    readonly expiresAt: EpochMs;
    readonly refreshAt: EpochMs;
  } | null;
  readonly lastFailure: ReportedFailure | null;
  /** When the next refresh or retry is due; `null` while a flight is under way or nothing is planned. */
  readonly nextAttemptAt: EpochMs | null;
  readonly counts: {
    readonly registrations: number;
    readonly tokenRequests: number;
    readonly failures: number;
    readonly throttled: number;
    readonly invalidations: number;
  };
}
