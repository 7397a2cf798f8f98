import type { FreshnessRules } from '../../src/cache/adobe/freshness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As Adobe's schedule, but each rule has a lifetime of its own, so that it tells which one has decided. */
export const FRESHNESS_RULES: FreshnessRules = {
  schedule: {
    yearMs: 3 * DAY,
    monthMs: 2 * DAY,
    dayMs: 3 * HOUR,
    hourMs: HOUR,
    minuteMs: MINUTE,
    histogramMs: DAY,
  },
  aliases: [{ path: '/billing/daily', granularity: 'day' }],
  defaultTtlMs: 2 * MINUTE,
  settledTtlMs: 7 * DAY,
  settledAfterMs: 7 * DAY,
};
