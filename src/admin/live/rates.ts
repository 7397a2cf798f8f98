import { between, type EpochMs, type Milliseconds } from '../../base/units.ts';
import type { CacheOutcome } from '../../http/answered-request.ts';
import { REQUEST_BOUNDS, type Totals, type Traffic } from '../../metrics/traffic.ts';
import type { Rates } from '../wire.ts';

/** Turns counts since the start into rates since the last look. @returns what looks */
export const openRates = (traffic: Traffic, now: () => EpochMs) => {
  let last = { at: now(), totals: traffic.totals() };
  return (): { readonly totals: Totals; readonly rates: Rates } => {
    const before = last;
    last = { at: now(), totals: traffic.totals() };
    const span = between(before.at, last.at);
    return { totals: last.totals, rates: ratesBetween(before.totals, last.totals, span, REQUEST_BOUNDS) };
  };
};

/** @param bounds upper bounds of the duration buckets in seconds */
export const ratesBetween = (
  before: Totals,
  after: Totals,
  span: Milliseconds,
  bounds: readonly number[],
): Rates => {
  const perSecond = (from: number, to: number): number => (span > 0 ? ((to - from) * 1000) / span : 0);
  const requests = after.requests - before.requests;
  const durations = after.durations.map((count, index) => count - (before.durations[index] ?? 0));
  const served = SERVED_FROM_CACHE.reduce((sum, it) => sum + after.byCache[it] - before.byCache[it], 0);
  return {
    requests: perSecond(before.requests, after.requests),
    upstreamRequests: perSecond(before.upstreamRequests, after.upstreamRequests),
    serverErrors: perSecond(before.serverErrors, after.serverErrors),
    bytes: perSecond(before.bytes, after.bytes),
    fromCache: requests === 0 ? null : served / requests,
    p50Ms: quantileMs(durations, bounds, 0.5),
    p99Ms: quantileMs(durations, bounds, 0.99),
  };
};

const SERVED_FROM_CACHE = ['hit', 'stale', 'collapsed'] as const satisfies readonly CacheOutcome[];

/**
 * Prometheus' `histogram_quantile`: linear within the bucket; the last bound for what is beyond it.
 * @param cumulative counts of values that are at most each bound, and at the end of all
 */
const quantileMs = (
  cumulative: readonly number[],
  bounds: readonly number[],
  quantile: number,
): number | null => {
  const total = cumulative.at(-1) ?? 0;
  if (total === 0) return null;
  const rank = quantile * total;
  const bucket = cumulative.findIndex((count) => count >= rank);
  const upper = bounds[bucket];
  if (upper === undefined) return (bounds.at(-1) ?? 0) * 1000;
  const lower = bounds[bucket - 1] ?? 0;
  const below = cumulative[bucket - 1] ?? 0;
  const inside = (cumulative[bucket] ?? 0) - below;
  return (lower + (upper - lower) * ((rank - below) / inside)) * 1000;
};
