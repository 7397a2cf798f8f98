import { after, between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { AccessToken } from '../protocol/credentials.ts';

/** Fractions of a token's lifetime, with caps: 3 s and 24 h must both work. */
export const DEFAULT_REFRESH = {
  /** Share of the lifetime before its end at which the refresh begins … */
  aheadFraction: 1 / 3,
  /** … but no longer than this before it: a token of a day need not be replaced after sixteen hours. */
  aheadCap: seconds(2 * 3600),
  /** Share of `ahead` by which the moment is spread in either direction, so that a fleet does not refresh as one. */
  jitter: 0.2,
  /** Share of the lifetime before its end at which the token is no longer sent: it must still be valid on arrival … */
  marginFraction: 0.05,
  /** … but no longer than this. */
  marginCap: seconds(10),
};

export type RefreshPolicy = Readonly<typeof DEFAULT_REFRESH>;

const lifetime = (token: AccessToken): Milliseconds => between(token.receivedAt, token.expiresAt);

const share = (token: AccessToken, fraction: number, cap: Milliseconds): number =>
  Math.min(lifetime(token) * fraction, cap);

/**
 * When to begin to fetch the token's successor.
 * @param random in [0, 1).
 */
export function refreshAt(token: AccessToken, random: number, policy: RefreshPolicy): EpochMs {
  const ahead = share(token, policy.aheadFraction, policy.aheadCap);
  const spread = ahead * policy.jitter * (2 * random - 1);
  return after(token.expiresAt, milliseconds(-Math.round(ahead + spread)));
}

/** Until when the token may be sent; at this moment itself no more. */
export const usableUntil = (token: AccessToken, policy: RefreshPolicy): EpochMs =>
  after(token.expiresAt, milliseconds(-Math.round(share(token, policy.marginFraction, policy.marginCap))));
