/** Dimensions and metrics of the report APIs (docs/adobe.md §6). What is not known here is taken as it comes. */

export const TIME_DIMENSIONS = ['year', 'month', 'day', 'hour', 'minute'] as const;
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];

/** Their reports are histograms: how many users reached so many streams. */
export const LEVEL_DIMENSIONS = ['concurrency-level', 'activity-level'] as const;

/** Dimensions of CMU that rows can be filtered by. */
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

/** The metrics that a CMU report of this path can have. */
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

const UPPER: ReadonlySet<string> = new Set(['mvpd', 'id', 'dc', 'api', 'sdk', 'os', 'ip']);

/** `application-id` for people: Application ID. */
export const readable = (name: string): string => {
  const spaced = name
    .replaceAll(/[-_](?=[a-z])/g, ' ')
    .replace('_', ' ')
    .replaceAll(/\b[a-z]+\b/g, (word) => (UPPER.has(word) ? word.toUpperCase() : word));
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

/** The same in the middle of a sentence: application ID. */
export const inSentence = (name: string): string => {
  const text = readable(name);
  return /^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
};

const PLURALS: Readonly<Record<string, string>> = { 'application-id': 'application IDs' };

/** MVPDs, days, application IDs. */
export const plural = (name: string): string => PLURALS[name] ?? `${inSentence(name)}s`;
