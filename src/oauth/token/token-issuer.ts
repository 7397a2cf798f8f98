import type { AccessToken } from '../protocol/access-token.ts';
import type { ClientCredentials } from '../protocol/client-credentials.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';

/** Gets tokens, one at a time, and remembers nothing but what it needs for the next. {@link LastingTokenSource} adds the memory. */
export interface TokenIssuer {
  /** The token of an earlier run, once; `undefined` from then on, and where there is none. Never throws. */
  restore(): Promise<AccessToken | undefined>;
  /**
   * One attempt: a token request, preceded by a registration where there are no usable credentials.
   * @throws {DcrError}
   */
  issue(signal: AbortSignal): Promise<AccessToken>;
  /** The API refused this token: it must not be restored by a later run. */
  forget(token: AccessToken): void;
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
