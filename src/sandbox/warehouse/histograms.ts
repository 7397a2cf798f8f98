import type { HistogramDimension } from '../reports/cube/dimensions.ts';
import type { CountedMetric, HistogramMetric } from '../reports/cube/metrics.ts';

/** How many fall on one value of each dimension of a histogram. */
export interface Cell {
  readonly labels: Readonly<Partial<Record<HistogramDimension, string>>>;
  readonly count: number;
}

/** Dimensions that are counted together, and how. */
export interface Histogram {
  readonly dimensions: readonly HistogramDimension[];
  readonly metric: HistogramMetric;
  /** Counts that it is made of. */
  readonly needs: readonly CountedMetric[];
  /** @param counts those of `needs`, in their order. */
  cells(users: number, counts: readonly number[]): Cell[];
}

/**
 * A number split by the highest level that each of them reached, from level 1; the parts add up to it.
 * @param share of those at one level who also reached the next.
 */
export function byLevel(count: number, share: number, top: number): number[] {
  const reached = Array.from({ length: top }, (_, level) => Math.floor(count * share ** level));
  return reached.map((atLeast, level) => atLeast - (level + 1 < top ? (reached[level + 1] ?? 0) : 0));
}

/** Users by level: one user at level `n` takes at least `n` of the streams. */
export const usersByLevel = (share: number, top: number, users: number, streams: number): number[] =>
  byLevel(users, users === 0 ? 0 : Math.min(share, Math.max(0, 1 - users / streams)), top);

const level = (
  dimension: 'concurrency-level' | 'activity-level',
  share: number,
  top: number,
  needs: readonly CountedMetric[],
): Histogram => ({
  dimensions: [dimension],
  metric: 'users',
  needs,
  cells: (users, counts) => {
    const streams = counts.reduce((sum, count) => sum + count, 0);
    return usersByLevel(share, top, users, streams).map((count, index) => ({
      labels: { [dimension]: String(index + 1) },
      count,
    }));
  },
});

/** Minutes of a `duration` step, and the last one. */
const STEP = 15;
const STEPS = 8;

/** Users by the minutes that they had concurrent streams for, and how often: docs/adobe.md §8 has the names alone. */
const CONCURRENCY: Histogram = {
  dimensions: ['duration', 'occurrences'],
  metric: 'users',
  needs: [],
  cells: (users) =>
    byLevel(users, 0.55, STEPS).flatMap((lasted, step) =>
      byLevel(lasted, 0.4, 5).map((count, times) => ({
        labels: { duration: String((step + 1) * STEP), occurrences: String(times + 1) },
        count,
      })),
    ),
};

const EVENTS: Histogram = {
  dimensions: ['event'],
  metric: 'count',
  needs: ['authn-successful', 'authn-failed', 'authz-successful', 'authz-failed', 'media-tokens'],
  cells: (_, counts) =>
    ['authn_success', 'authn_failure', 'authz_success', 'authz_failure', 'media_token'].map(
      (event, index) => ({
        labels: { event },
        count: counts[index] ?? 0,
      }),
    ),
};

const REASONS: Histogram = {
  dimensions: ['reason'],
  metric: 'count',
  needs: ['authn-failed', 'authz-failed'],
  cells: (_, counts) => {
    const failed = counts.reduce((sum, count) => sum + count, 0);
    const reasons = ['noAuthz', 'mvpd_timeout', 'user_not_authorized', 'internal_error'];
    return byLevel(failed, 0.3, reasons.length).map((count, index) => ({
      labels: { reason: reasons[index] ?? '' },
      count,
    }));
  },
};

export const HISTOGRAMS: readonly Histogram[] = [
  level('concurrency-level', 0.21, 6, ['active-sessions']),
  level('activity-level', 0.34, 10, ['active-sessions', 'failed-attempts']),
  CONCURRENCY,
  EVENTS,
  REASONS,
];
