import { after, between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { THROTTLE_INTERVAL } from '../protocol/adobe.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import type { DcrError } from '../protocol/dcr-error.ts';
import { backoff } from '../token/backoff.ts';

/** How often the holder of the lease renews it: well under half of what a lease lasts. */
export const RENEW_EVERY: Milliseconds = milliseconds(1500);
/** Those who wait look for themselves so often at the latest, should a notification get lost. */
export const POLL_EVERY: Milliseconds = seconds(1);
/** How often a store that does not answer is asked again while a replica waits for its moment alone. */
export const RETRY_EVERY: Milliseconds = seconds(2);
/** A failure that only a person can heal is not repeated by another replica for so long. */
const TERMINAL_PAUSE: Milliseconds = seconds(60);

/** How long the fleet is spared a failure. @param failures attempts of the fleet that failed in a row before */
export function pauseAfter(error: DcrError, failures: number, random: number): Milliseconds {
  const pause = error.retryable ? backoff(failures, random) : TERMINAL_PAUSE;
  return milliseconds((error.retryAfter ?? 0) + pause);
}

/** Longer by chance: replicas that were told the same do not come back at the same moment. */
export const spreadOut = (span: Milliseconds, random: number): Milliseconds =>
  milliseconds(Math.round(span * (1 + 0.5 * random)));

/** Calls that a replica without any state makes: one registration, one token. */
const CALLS_OF_ONE = 2;
/** Slots drawn by chance crowd together here and there: leave half of the allowed rate free for that. */
const SLACK = 2;
/** A token is replaced so long before its end at the latest. */
const MARGIN: Milliseconds = seconds(15);

/**
 * Over this time replicas that know nothing of each other must spread their calls, to keep within the one call a second
 * of their address (docs/adobe.md §5).
 */
export const spreadOf = (replicas: number): Milliseconds =>
  milliseconds(replicas <= 1 ? 0 : replicas * CALLS_OF_ONE * THROTTLE_INTERVAL * SLACK);

/**
 * When a replica that cannot reach the shared store calls Adobe on its own: with a token in hand, somewhere in the
 * last stretch of its life, as the store may return before; without one, somewhere in the next.
 * @param usableUntil end of the token in hand
 */
export function momentAlone(
  now: EpochMs,
  usableUntil: EpochMs | undefined,
  spread: Milliseconds,
  random: number,
): EpochMs {
  const left = usableUntil === undefined ? 0 : between(now, usableUntil) - MARGIN - spread;
  return after(now, milliseconds(Math.round(Math.max(0, left) + random * spread)));
}

const same = (a: AccessToken, b: AccessToken | undefined): boolean =>
  a.authorization.reveal() === b?.authorization.reveal();

/**
 * Whether the token that the fleet has saves this replica a call: it is another one than its own, was received later,
 * and has not ended. When it ends does not matter: a server may shorten lifetimes.
 * @param own.rejected the last one that the API refused
 */
export function succeeds(
  candidate: AccessToken | undefined,
  own: Readonly<Record<'held' | 'rejected', AccessToken | undefined>>,
  now: EpochMs,
): boolean {
  if (candidate === undefined || candidate.expiresAt <= now) return false;
  if (same(candidate, own.rejected) || same(candidate, own.held)) return false;
  return own.held === undefined || candidate.receivedAt > own.held.receivedAt;
}
