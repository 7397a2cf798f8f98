import {
  type Dimension,
  granularityOf,
  isEventDimension,
  isHistogramDimension,
  isSessionDimension,
  isTimeDimension,
} from './dimensions.ts';
import { METRIC_SETS, type Metric, type MetricSet } from './metrics.ts';
import { PUBLISHED_PATHS } from './published-paths.ts';
import { CONCURRENCY_PATHS, ESM_PATHS, MINUTE_PATHS, TENANT_PATHS } from './unpublished-paths.ts';

/** A resource of the drill-down tree: a pre-aggregation that can be asked for. */
export interface TreeNode {
  /** Its dimensions, which are also its path segments. */
  readonly dimensions: readonly Dimension[];
  readonly parent: TreeNode | undefined;
  /** In the order in which the links of an answer name them. */
  readonly children: ReadonlyMap<string, TreeNode>;
  /** What it answers when `metrics` is not given. */
  readonly metrics: readonly Metric[];
  /** Every dimension of the node and of those below it: what a query may filter on or add. */
  readonly reachable: ReadonlySet<Dimension>;
}

interface Draft extends TreeNode {
  readonly parent: Draft | undefined;
  readonly children: Map<string, Draft>;
  metrics: readonly Metric[];
  readonly reachable: Set<Dimension>;
}

function dimension(name: string): Dimension {
  if (isTimeDimension(name) || isSessionDimension(name) || isHistogramDimension(name)) return name;
  throw new TypeError(`not a dimension: ${name}`);
}

/** The tenant and MVPD trees hold durations throughout, histograms hold users, the rest the session counts. */
function cmuMetrics(dimensions: readonly Dimension[]): MetricSet {
  if (dimensions.some(isHistogramDimension)) return 'users';
  const [first] = dimensions;
  return first === undefined || first === 'tenant' || first === 'mvpd' ? 'sessions+durations' : 'sessions';
}

/** Unique accounts and sessions are there by day alone. */
function esmMetrics(dimensions: readonly Dimension[]): MetricSet {
  if (dimensions.some(isEventDimension)) return 'events';
  return granularityOf(dimensions) === 'day' ? 'entitlements+unique' : 'entitlements';
}

type MetricsOf = (dimensions: readonly Dimension[]) => MetricSet;

const draft = (dimensions: readonly Dimension[], parent: Draft | undefined, metricsOf: MetricsOf): Draft => ({
  dimensions,
  parent,
  children: new Map(),
  metrics: METRIC_SETS[metricsOf(dimensions)],
  reachable: new Set(dimensions),
});

function grow(root: Draft, path: string, metricsOf: MetricsOf): Draft {
  let node = root;
  for (const segment of path.split('/')) {
    let child = node.children.get(segment);
    if (child === undefined) {
      child = draft([...node.dimensions, dimension(segment)], node, metricsOf);
      node.children.set(segment, child);
    }
    node = child;
  }
  for (const reached of node.dimensions) {
    for (let above: Draft | undefined = node; above !== undefined; above = above.parent) {
      above.reachable.add(reached);
    }
  }
  return node;
}

export interface CmuTreeOptions {
  /** Whether Adobe has enabled minute reports, which are off by default. */
  readonly minuteReports: boolean;
  /** Whether the paths are there that no page names (docs/adobe.md §8). */
  readonly unpublished: boolean;
}

/** CMU's drill-down tree: the published paths, everything above them, and the tenant tree. */
export function cmuTree({ minuteReports, unpublished }: CmuTreeOptions): TreeNode {
  const root = draft([], undefined, cmuMetrics);
  for (const { path, metrics } of PUBLISHED_PATHS)
    grow(root, path, cmuMetrics).metrics = METRIC_SETS[metrics];
  const more = [
    ...TENANT_PATHS,
    ...(minuteReports ? MINUTE_PATHS : []),
    ...(unpublished ? CONCURRENCY_PATHS : []),
  ];
  for (const path of more) grow(root, path, cmuMetrics);
  return root;
}

export function esmTree(): TreeNode {
  const root = draft([], undefined, esmMetrics);
  for (const path of ESM_PATHS) grow(root, path, esmMetrics);
  return root;
}

/** The node of a path; `undefined` where there is no aggregation (404). The root's path has no segments. */
export function findNode(root: TreeNode, segments: readonly string[]): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const segment of segments) node = node?.children.get(segment);
  return node;
}
