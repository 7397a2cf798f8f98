import type { LevelDimension } from '../reports/dimensions.ts';

/**
 * How many distinct users made so many sessions: about as many as there were sessions while they are few, then ever
 * fewer as people come back. The curve is concave, passes through 0 and never rises faster than the sessions,
 * which is what keeps every distinct count between its largest part and the sum of its parts.
 * @param sessions active sessions of one MVPD's subscribers.
 * @param dailySessions that MVPD's sessions on an average day: its size.
 */
export function distinctUsers(sessions: number, dailySessions: number): number {
  if (sessions === 0) return 0;
  const knee = dailySessions / 1.7;
  return Math.min(sessions, Math.ceil(knee * (Math.sqrt(1 + (2 * sessions) / knee) - 1)));
}

/** The level that the histograms end at; whoever reached more is counted there. */
export const TOP_LEVEL: Readonly<Record<LevelDimension, number>> = {
  'concurrency-level': 6,
  'activity-level': 10,
};

/** Share of the users at one level who also reached the next, while their sessions allow it. */
const NEXT_LEVEL: Readonly<Record<LevelDimension, number>> = {
  'concurrency-level': 0.21,
  'activity-level': 0.34,
};

/**
 * Users by the highest level that they reached, from level 1: they add up to `users`, and one user at level `n` takes
 * at least `n` of the streams.
 * @param streams approved sessions for `concurrency-level`, approved and denied ones for `activity-level`.
 */
export function usersByLevel(dimension: LevelDimension, users: number, streams: number): number[] {
  const share = users === 0 ? 0 : Math.min(NEXT_LEVEL[dimension], Math.max(0, 1 - users / streams));
  const top = TOP_LEVEL[dimension];
  const reached = Array.from({ length: top }, (_, level) => Math.floor(users * share ** level));
  return reached.map((atLeast, level) => atLeast - (level + 1 < top ? (reached[level + 1] ?? 0) : 0));
}
