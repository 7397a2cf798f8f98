import { after, type EpochMs, milliseconds } from '../../base/units.ts';

/** When to look after a report that is to be kept in the store. */
export interface WarmUpPlan {
  readonly dueAt: EpochMs;
  /** Fetches that failed in a row. */
  readonly failures: number;
}

/**
 * A report that is fresh may still be gone: evicted, or purged. Looking costs a look-up in a map, and counts as a use,
 * which keeps a report in the store that nobody else has asked for.
 */
const LOOK_AGAIN_AFTER = milliseconds(60_000);

/**
 * Pauses after failures: this long at first, doubled each time up to the longest, which a report that is gone ends at.
 */
const FIRST_RETRY = milliseconds(15_000);
const LONGEST_RETRY = milliseconds(3_600_000);

/** To be looked after at once. */
export const planAtStart = (now: EpochMs): WarmUpPlan => ({ dueAt: now, failures: 0 });

/** The report is stored and fresh: it is due when it expires. */
export const planWhileFresh = (freshUntil: EpochMs, now: EpochMs): WarmUpPlan => ({
  dueAt: earliest(freshUntil, after(now, LOOK_AGAIN_AFTER)),
  failures: 0,
});

/**
 * The report could not be stored.
 * @param notBefore a pause that is known of: no request would be sent while it lasts
 * @param random in [0, 1): half of the pause is left to chance, so that replicas do not return together
 */
export const planAfterFailure = (
  { failures }: WarmUpPlan,
  notBefore: EpochMs | undefined,
  now: EpochMs,
  random: number,
): WarmUpPlan => {
  const pause = Math.min(FIRST_RETRY * 2 ** Math.min(failures, 32), LONGEST_RETRY);
  const retryAt = after(now, milliseconds(Math.round(pause * (0.5 + random / 2))));
  return {
    dueAt: notBefore === undefined || notBefore < retryAt ? retryAt : notBefore,
    failures: failures + 1,
  };
};

const earliest = (one: EpochMs, other: EpochMs): EpochMs => (one < other ? one : other);
