import type { Milliseconds } from '../../base/units.ts';
import type { AccessToken, ClientCredentials } from '../protocol/credentials.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import type { NewClient, RegistrationCause } from './registration-policy.ts';

/** Gets tokens, one at a time. {@link LastingTokenSource} adds the memory. */
export interface TokenIssuer {
  /** The token of an earlier run, once; `undefined` from then on, and where there is none. Never throws. */
  restore(): Promise<AccessToken | undefined>;
  /**
   * One attempt: a token request, preceded by a registration where there are no usable credentials.
   * @param newClient to register first although there are some; not asked for before {@link registrationWait} is over
   * @throws {DcrError}
   */
  issue(signal: AbortSignal, newClient?: NewClient): Promise<AccessToken>;
  /** Time until the present credentials may be replaced for this cause. */
  registrationWait(cause: RegistrationCause): Milliseconds;
  /** The API refused this token: an attempt under way need not hold back because there is one. */
  hurry(token: AccessToken): void;
  /** From now on tokens are for this statement; credentials of the former one are no longer used. */
  replaceStatement(statement: SoftwareStatement): void;
  readonly statement: SoftwareStatement;
  readonly credentials: ClientCredentials | undefined;
  readonly counts: {
    /** Acknowledged registrations. */
    readonly registrations: number;
    /** Token requests sent. */
    readonly tokenRequests: number;
    /** Answers 429. */
    readonly throttled: number;
  };
  /** Waits for a save under way. */
  close(): Promise<void>;
}
