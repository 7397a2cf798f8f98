import { milliseconds } from '../../src/base/units.ts';
import type { FreshnessRules } from '../../src/cache/adobe/freshness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As Adobe's schedule, but each rule has a lifetime of its own, so that it tells which one has decided. */
export const FRESHNESS_RULES: FreshnessRules = {
  schedule: {
    year: milliseconds(3 * DAY),
    month: milliseconds(2 * DAY),
    day: milliseconds(3 * HOUR),
    hour: milliseconds(HOUR),
    minute: milliseconds(MINUTE),
  },
  histogramTtl: milliseconds(DAY),
  aliases: [{ path: '/billing/daily', granularity: 'day' }],
  defaultTtl: milliseconds(2 * MINUTE),
  settledTtl: milliseconds(7 * DAY),
  settledAfter: milliseconds(7 * DAY),
};
