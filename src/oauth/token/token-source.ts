import type { EpochMs } from '../../base/units.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';

/** Where tokens come from, and the next one after a refusal. */
export interface TokenSupply {
  /** The newest token if it is usable now, else `undefined`. Synchronous: the hot path awaits nothing. */
  current(): AccessToken | undefined;
  /**
   * The newest token, or the one that the flight under way brings. Starts a flight if none is and the back-off allows.
   * @throws {DcrError} when none can be had now, or when `signal` aborts (its reason is then the cause).
   */
  token(options?: { readonly signal?: AbortSignal }): Promise<AccessToken>;
  /**
   * Another token than this one, which the API refused. The refused one stays the newest until the other is there.
   * @throws {DcrError} when none can be had now: `token_rejected` while new tokens, or new clients, are refused as well
   */
  successor(token: AccessToken, options: SuccessorOptions): Promise<AccessToken>;
}

export interface SuccessorOptions {
  /** Whether the API has taken it before: then it was revoked, however young it is. */
  readonly proven: boolean;
  /** The API says that the client is no longer good: register anew first, unless that was tried a short while ago. */
  readonly newClient: boolean;
  readonly signal?: AbortSignal;
}

/** What the rest of the program knows of Adobe's OAuth: a source of tokens (model: Go's `oauth2.TokenSource`). */
export interface TokenSource extends TokenSupply {
  status(): TokenSourceStatus;
  /**
   * Registers with another statement; the token in service stays until its successor is there. The same statement
   * again means "try now": somebody may have had it approved.
   */
  replaceStatement(statement: SoftwareStatement): void;
  /**
   * Gets a new token ahead of time, for an operator, whatever the plan or a back-off says; joins the flight under way
   * if there is one. The budget of DCR calls holds here too.
   * @throws {DcrError} when none came
   */
  refresh(): Promise<void>;
  /**
   * As `refresh`, for a new client: an operator knows that the present one is no longer good.
   * @throws {DcrError} when none came
   */
  registerAnew(): Promise<void>;
  /** Stops timers and flights; waits for a save under way. */
  close(): Promise<void>;
}

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
  /**
   * `ready`: a usable token. `degraded`: a usable token, but the last refresh failed. `starting`: none yet, no failure
   * yet. `unavailable`: none, and the last attempt failed.
   */
  readonly state: 'starting' | 'ready' | 'degraded' | 'unavailable';
  readonly registration: {
    readonly clientId: string;
    readonly issuedAt: EpochMs;
    readonly expiresAt?: EpochMs;
    /** What the registration says that its tokens may be used for. */
    readonly scopes?: readonly string[];
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
