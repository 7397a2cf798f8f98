/** Time dimensions, coarse to fine. */
export const TIME_DIMENSIONS = ['year', 'month', 'day', 'hour', 'minute'] as const;
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];

/** Dimensions that a session has. */
export const SESSION_DIMENSIONS = [
  'tenant',
  'application',
  'application-id',
  'channel',
  'mvpd',
  'platform',
] as const;
export type SessionDimension = (typeof SESSION_DIMENSIONS)[number];

/** Dimensions of the histogram reports. */
export const LEVEL_DIMENSIONS = ['concurrency-level', 'activity-level'] as const;
export type LevelDimension = (typeof LEVEL_DIMENSIONS)[number];

export type Dimension = TimeDimension | SessionDimension | LevelDimension;

const among =
  <T extends string>(names: readonly T[]) =>
  (name: string): name is T =>
    (names as readonly string[]).includes(name);

export const isTimeDimension = among(TIME_DIMENSIONS);
export const isSessionDimension = among(SESSION_DIMENSIONS);
export const isLevelDimension = among(LEVEL_DIMENSIONS);

/** The finest time dimension of a projection; `undefined` when it has none, and so ignores the time range. */
export const granularityOf = (dimensions: readonly Dimension[]): TimeDimension | undefined =>
  TIME_DIMENSIONS.findLast((name) => dimensions.includes(name));
