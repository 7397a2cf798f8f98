import type { SessionDimension, TimeDimension } from './dimensions.ts';
import { CMU_METRICS, ESM_METRICS, type Metric } from './metrics.ts';
import { cmuTree, esmTree, type TreeNode } from './tree.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One of the report APIs: what can be asked of it, and how its answers differ from the other's. */
export interface Cube {
  readonly root: TreeNode;
  /** What the links of its answers begin with. */
  readonly prefix: string;
  /** The dimension that says whose data they are. */
  readonly owner: SessionDimension & ('tenant' | 'media-company');
  /** What it can be asked for. */
  readonly metrics: readonly Metric[];
  /** What the name of a CSV begins with. */
  readonly fileName: string;
  /** Milliseconds by which its clock is ahead of UTC. */
  readonly zone: number;
  /** Milliseconds between two computations of a report; `undefined`: in real time. */
  period(granularity: TimeDimension | undefined): number | undefined;
  /** Whether its `Last-Modified` says when the report was computed, or nothing. */
  readonly trueValidators: boolean;
}

/** CMU: the hour under way is in no report, the minute under way in none by minute. */
export const cmuCube = (options: { minuteReports: boolean; unpublished: boolean }): Cube => ({
  root: cmuTree(options),
  prefix: '/cmu/v2',
  owner: 'tenant',
  metrics: [...CMU_METRICS, 'users'],
  fileName: 'report',
  zone: 0,
  period: (granularity) => (granularity === 'minute' ? MINUTE : HOUR),
  trueValidators: false,
});

const ESM_PERIODS: Readonly<Record<TimeDimension, number | undefined>> = {
  year: 48 * HOUR,
  month: 48 * HOUR,
  day: 3 * HOUR,
  hour: HOUR,
  minute: undefined,
};

/** ESM: in PST, with a `Last-Modified` to believe, or none where it is computed in real time (docs/adobe.md §8). */
export const esmCube = (): Cube => ({
  root: esmTree(),
  prefix: '/esm/v3',
  owner: 'media-company',
  metrics: [...ESM_METRICS, 'count'],
  fileName: 'esm',
  zone: -8 * HOUR,
  period: (granularity) => (granularity === undefined ? HOUR : ESM_PERIODS[granularity]),
  trueValidators: true,
});

/** The instant up to which a report has data. */
export function horizonOf(cube: Cube, granularity: TimeDimension | undefined, now: number): number {
  const period = cube.period(granularity) ?? MINUTE;
  return Math.floor(now / period) * period;
}
