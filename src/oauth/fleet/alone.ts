import { after, between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { THROTTLE_INTERVAL } from '../protocol/adobe.ts';

/** Calls that a replica without any state makes: one registration, one token. */
const CALLS_OF_ONE = 2;
/** Slots drawn by chance crowd together here and there: leave half of the allowed rate free for that. */
const SLACK = 2;
/** A token is replaced so long before its end at the latest. */
const MARGIN: Milliseconds = seconds(15);

/**
 * The time over which replicas that know nothing of each other must spread their calls, so that together they keep
 * within the one call a second of their address (docs/adobe.md §5).
 * @param replicas of the fleet, at most
 */
export const spreadOf = (replicas: number): Milliseconds =>
  milliseconds(replicas <= 1 ? 0 : replicas * CALLS_OF_ONE * THROTTLE_INTERVAL * SLACK);

/**
 * When a replica that cannot reach the shared store calls Adobe on its own: with a token in hand, somewhere in the
 * last stretch of its life, as the store may return before; without one, somewhere in the next.
 * @param usableUntil end of the token in hand
 * @param random in [0, 1)
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
