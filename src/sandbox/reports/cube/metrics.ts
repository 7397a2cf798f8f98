const BSTREAMS = [
  'bstreams-15',
  'bstreams-30',
  'bstreams-45',
  'bstreams-60',
  'bstreams-75',
  'bstreams-90',
  'bstreams-105',
  'bstreams-120',
] as const;

/** Minutes of each `bstreams-*`: a stream counts once for every such stretch that it began. */
export const BSTREAM_MINUTES = BSTREAMS.map((name) => ({
  name,
  minutes: Number(name.slice('bstreams-'.length)),
}));

const CMU_COUNTED = [
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
  ...BSTREAMS,
] as const;

const ESM_COUNTED = [
  'authn-attempts',
  'authn-successful',
  'authn-pending',
  'authn-failed',
  'authz-attempts',
  'authz-successful',
  'authz-failed',
  'authz-rejected',
  'authz-latency',
  'media-tokens',
  'unique-sessions',
] as const;

/** Metrics that add up over every partition, in the order of the warehouse's columns (docs/adobe.md §6). */
export const COUNTED_METRICS = [...CMU_COUNTED, ...ESM_COUNTED] as const;
export type CountedMetric = (typeof COUNTED_METRICS)[number];

/** Distinct users: they stay within the bounds of their parts, but do not add up. */
export type DistinctMetric = 'active-users' | 'unique-accounts';

/** What histograms count. */
export type HistogramMetric = 'users' | 'count';

export type Metric = CountedMetric | DistinctMetric | HistogramMetric;

export const SESSION_METRICS: readonly Metric[] = [
  'active-users',
  'active-sessions',
  'started-sessions',
  'completed-sessions',
  'failed-attempts',
  'dismissed-sessions',
  'killed-sessions',
];

const DURATION_METRICS: readonly Metric[] = CMU_COUNTED.filter((name) => name.startsWith('duration_'));

const ENTITLEMENT_METRICS: readonly Metric[] = ESM_COUNTED.filter((name) => name !== 'unique-sessions');

/** What a path answers when `metrics` is not given. */
export const METRIC_SETS = {
  sessions: SESSION_METRICS,
  'sessions+durations': [...SESSION_METRICS, ...DURATION_METRICS],
  users: ['users'],
  billing: ['bstreams-30'],
  entitlements: ENTITLEMENT_METRICS,
  'entitlements+unique': [...ENTITLEMENT_METRICS, 'unique-accounts', 'unique-sessions'],
  events: ['count'],
} as const satisfies Record<string, readonly Metric[]>;

export type MetricSet = keyof typeof METRIC_SETS;

/** Every metric that a CMU report of sessions can hold; `users` belongs to the histograms alone. */
export const CMU_METRICS: readonly Metric[] = ['active-users', ...CMU_COUNTED];

export const ESM_METRICS: readonly Metric[] = ['unique-accounts', ...ESM_COUNTED];

const COLUMNS: ReadonlyMap<CountedMetric, number> = new Map(
  COUNTED_METRICS.map((metric, column) => [metric, column]),
);

/** The column of a counted metric in the warehouse's tables. */
export const columnOf = (metric: CountedMetric): number => COLUMNS.get(metric) ?? -1;

export const isCounted = (metric: Metric): metric is CountedMetric =>
  (COUNTED_METRICS as readonly Metric[]).includes(metric);
