/** Time dimensions, coarse to fine. */
export const TIME_DIMENSIONS = ['year', 'month', 'day', 'hour', 'minute'] as const;
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];

/** What CMU knows of a session. */
export const CMU_DIMENSIONS = [
  'tenant',
  'application',
  'application-id',
  'channel',
  'mvpd',
  'platform',
] as const;

/** What ESM knows of it besides `mvpd`, `platform` and `channel`. */
export const ESM_DIMENSIONS = [
  'media-company',
  'requestor-id',
  'proxy',
  'dc',
  'api',
  'nsdk',
  'os-family',
  'device',
  'application-name',
] as const;

/** Dimensions that a session has. */
export const SESSION_DIMENSIONS = [...CMU_DIMENSIONS, ...ESM_DIMENSIONS] as const;
export type SessionDimension = (typeof SESSION_DIMENSIONS)[number];

/** Dimensions of CMU's histograms; their values are numbers. */
export const LEVEL_DIMENSIONS = ['concurrency-level', 'activity-level', 'duration', 'occurrences'] as const;

/** Dimensions of ESM's event reports; their values are names. */
export const EVENT_DIMENSIONS = ['event', 'reason'] as const;

/** Dimensions that one session does not have a value of: the rows are counts by value. */
export const HISTOGRAM_DIMENSIONS = [...LEVEL_DIMENSIONS, ...EVENT_DIMENSIONS] as const;
export type HistogramDimension = (typeof HISTOGRAM_DIMENSIONS)[number];

export type Dimension = TimeDimension | SessionDimension | HistogramDimension;

const among =
  <T extends string>(names: readonly T[]) =>
  (name: string): name is T =>
    (names as readonly string[]).includes(name);

export const isTimeDimension = among(TIME_DIMENSIONS);
export const isSessionDimension = among(SESSION_DIMENSIONS);
export const isEventDimension = among(EVENT_DIMENSIONS);
export const isHistogramDimension = among(HISTOGRAM_DIMENSIONS);

/** The finest time dimension of a projection; `undefined` when it has none, and so ignores the time range. */
export const granularityOf = (dimensions: readonly Dimension[]): TimeDimension | undefined =>
  TIME_DIMENSIONS.findLast((name) => dimensions.includes(name));
