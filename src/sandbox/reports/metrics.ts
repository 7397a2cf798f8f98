/** Metrics that add up over every partition, in the order in which the warehouse counts them (docs/adobe.md §6). */
export const COUNTED_METRICS = [
  'active-sessions',
  'started-sessions',
  'completed-sessions',
  'failed-attempts',
  'dismissed-sessions',
  'killed-sessions',
  'duration_0-15',
  'duration_15-30',
  'duration_30-60',
  'duration_60-120',
  'duration_2h-4h',
  'duration_4h-8h',
  'duration_8h-16h',
  'duration_16h-1d',
  'duration_1d-3d',
  'duration_3d-7d',
  'duration_1w-1m',
  'duration_over-1m',
  'bstreams-30',
] as const;

export type CountedMetric = (typeof COUNTED_METRICS)[number];

/** Distinct counts: they stay within the bounds of their parts, but do not add up. */
export type DistinctMetric = 'active-users' | 'users';

export type Metric = CountedMetric | DistinctMetric;

export const SESSION_METRICS: readonly Metric[] = [
  'active-users',
  'active-sessions',
  'started-sessions',
  'completed-sessions',
  'failed-attempts',
  'dismissed-sessions',
  'killed-sessions',
];

export const DURATION_METRICS: readonly Metric[] = COUNTED_METRICS.filter((name) =>
  name.startsWith('duration_'),
);

/** The metric sets that the published report paths name. */
export const METRIC_SETS = {
  sessions: SESSION_METRICS,
  'sessions+durations': [...SESSION_METRICS, ...DURATION_METRICS],
  users: ['users'],
} as const satisfies Record<string, readonly Metric[]>;

export type MetricSet = keyof typeof METRIC_SETS;

/** Every metric that a report of sessions can hold; `users` belongs to the histograms alone. */
export const REPORTABLE_METRICS: readonly Metric[] = ['active-users', ...COUNTED_METRICS];

/** The column of a counted metric in the warehouse's tables. */
export const columnOf = (metric: CountedMetric): number => COUNTED_METRICS.indexOf(metric);

export const isMetric = (name: string): name is Metric =>
  name === 'users' || (REPORTABLE_METRICS as readonly string[]).includes(name);
