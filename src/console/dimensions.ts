/**
 * Dimensions and metrics of the report API (docs/adobe.md §6). Those that are not known here are taken as they come.
 */

export const TIME_DIMENSIONS = ['year', 'month', 'day', 'hour', 'minute'] as const;
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];

/** Their reports are histograms: how many users had so many streams at once. */
export const LEVEL_DIMENSIONS = ['concurrency-level', 'activity-level'] as const;

/** Dimensions that rows can be filtered by. */
export const FILTER_DIMENSIONS = [
  'tenant',
  'mvpd',
  'platform',
  'channel',
  'application-id',
  'application',
] as const;

export const SESSION_METRICS = [
  'active-users',
  'active-sessions',
  'started-sessions',
  'completed-sessions',
  'failed-attempts',
  'dismissed-sessions',
  'killed-sessions',
] as const;

export const DURATION_METRICS = [
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
] as const;

const among =
  <T extends string>(names: readonly T[]) =>
  (name: string): name is T =>
    names.some((it) => it === name);

export const isTimeDimension = among(TIME_DIMENSIONS);
export const isLevelDimension = among(LEVEL_DIMENSIONS);
export const isFilterDimension = among(FILTER_DIMENSIONS);

/** The metrics that a report of this path can have. */
export const metricsOf = (path: readonly string[]): readonly string[] =>
  path.some(isLevelDimension) ? ['users'] : [...SESSION_METRICS, ...DURATION_METRICS];

/** The finest time dimension in a path. */
export const granularityOf = (path: readonly string[]): TimeDimension | undefined =>
  TIME_DIMENSIONS.findLast((it) => path.includes(it));

/** The path with its time dimensions made as fine as `granularity`; unchanged if it has none. */
export const withGranularity = (path: readonly string[], granularity: TimeDimension): readonly string[] => {
  const first = path.findIndex(isTimeDimension);
  if (first === -1) return path;
  const times = TIME_DIMENSIONS.slice(0, TIME_DIMENSIONS.indexOf(granularity) + 1);
  return [...path.slice(0, first), ...times, ...path.slice(first).filter((it) => !isTimeDimension(it))];
};

/** Whether the period that starts at `at` (epoch seconds) goes on at `now` (epoch milliseconds), so that its figures will grow. */
export const isUnfinished = (at: number, granularity: TimeDimension, now: number): boolean => {
  const start = new Date(at * 1000);
  const [year, month] = [start.getUTCFullYear(), start.getUTCMonth()];
  const ends: Readonly<Record<TimeDimension, number>> = {
    year: Date.UTC(year + 1, 0),
    month: Date.UTC(year, month + 1),
    day: start.getTime() + 86_400_000,
    hour: start.getTime() + 3_600_000,
    minute: start.getTime() + 60_000,
  };
  return ends[granularity] > now;
};

/** `application-id` for people. */
export const readable = (name: string): string => {
  const spaced = name
    .replaceAll(/[-_](?=[a-z])/g, ' ')
    .replace('_', ' ')
    .replaceAll(/\b(?:mvpd|id)\b/g, (it) => it.toUpperCase());
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};
