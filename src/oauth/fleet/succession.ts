import type { EpochMs } from '../../base/units.ts';
import type { AccessToken } from '../protocol/credentials.ts';

/** What a replica knows of its own token when it looks for another. */
export interface OwnToken {
  readonly held: AccessToken | undefined;
  /** The last one that the API refused. */
  readonly rejected: AccessToken | undefined;
}

const same = (a: AccessToken, b: AccessToken | undefined): boolean =>
  a.authorization.reveal() === b?.authorization.reveal();

/**
 * Whether the token that the fleet has saves this replica a call: it is another one than its own, was received later,
 * and has not ended. When it ends does not matter: a server may shorten lifetimes.
 */
export function succeeds(candidate: AccessToken | undefined, own: OwnToken, now: EpochMs): boolean {
  if (candidate === undefined || candidate.expiresAt <= now) return false;
  if (same(candidate, own.rejected) || same(candidate, own.held)) return false;
  return own.held === undefined || candidate.receivedAt > own.held.receivedAt;
}
