import { after, between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { AccessToken } from '../protocol/credentials.ts';

// Fractions of a token's lifetime, with caps: 3 s and 24 h must both work.

/** Share of the lifetime before its end at which the refresh begins … */
const AHEAD_FRACTION = 1 / 3;
/** … but no longer than this before it: a token of a day need not be replaced after sixteen hours. */
const AHEAD_CAP: Milliseconds = seconds(2 * 3600);
/** Share of that time by which the moment is spread in either direction, so that a fleet does not refresh as one. */
const JITTER = 0.2;
/** Share of the lifetime before its end at which the token is no longer sent: it must still be valid on arrival … */
const MARGIN_FRACTION = 0.05;
/** … but no longer than this. */
const MARGIN_CAP: Milliseconds = seconds(10);

const share = ({ receivedAt, expiresAt }: AccessToken, fraction: number, cap: Milliseconds): number =>
  Math.min(between(receivedAt, expiresAt) * fraction, cap);

/** When to begin to fetch the token's successor. @param random in [0, 1) */
export function refreshAt(token: AccessToken, random: number): EpochMs {
  const ahead = share(token, AHEAD_FRACTION, AHEAD_CAP);
  const spread = ahead * JITTER * (2 * random - 1);
  return after(token.expiresAt, milliseconds(-Math.round(ahead + spread)));
}

/** Until when the token may be sent; at this moment itself no more. */
export const usableUntil = (token: AccessToken): EpochMs =>
  after(token.expiresAt, milliseconds(-Math.round(share(token, MARGIN_FRACTION, MARGIN_CAP))));

export const ifUsable = (token: AccessToken | undefined, now: EpochMs): AccessToken | undefined =>
  token !== undefined && now < usableUntil(token) ? token : undefined;
