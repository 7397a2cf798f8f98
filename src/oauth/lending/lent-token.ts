import { Secret } from '../../base/secret.ts';
import type { EpochMs } from '../../base/units.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import { asDcrError, DcrError, type DcrErrorOptions } from '../protocol/dcr-error.ts';

/**
 * A token on its way from the process that has got it to one that uses it. It holds the secret in the clear: for a
 * pipe between the two only.
 */
export interface LentToken {
  /** By what the borrower names it when it is refused. */
  readonly id: number;
  readonly authorization: string;
  readonly receivedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

/** A {@link DcrError} on the same way. */
export type LentFailure = Pick<DcrError, 'code' | 'message'> & Omit<DcrErrorOptions, 'cause'>;

export const lend = (id: number, token: AccessToken): LentToken => ({
  id,
  authorization: token.authorization.reveal(),
  receivedAt: token.receivedAt,
  expiresAt: token.expiresAt,
});

export const borrow = ({ authorization, receivedAt, expiresAt }: LentToken): AccessToken => ({
  authorization: new Secret(authorization),
  receivedAt,
  expiresAt,
});

export const lentFailure = (thrown: unknown): LentFailure => {
  const { code, message, retryAfter, status } = asDcrError(thrown);
  return { code, message, retryAfter, status };
};

export const borrowedFailure = ({ code, message, ...more }: LentFailure): DcrError =>
  new DcrError(code, message, more);
