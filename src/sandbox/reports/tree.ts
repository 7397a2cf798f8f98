import { type Dimension, isLevelDimension, isSessionDimension, isTimeDimension } from './dimensions.ts';
import { METRIC_SETS, type Metric, type MetricSet } from './metrics.ts';
import { PUBLISHED_PATHS } from './published-paths.ts';

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

/** The tenant tree of docs/adobe.md §6 where it goes beyond the published paths. */
const TENANT_TREE = ['tenant/year/month/day/mvpd/hour'];

const MINUTE_TREE = [
  'application-id/application',
  'channel/platform/application-id/application',
  'mvpd/platform/application-id/application',
].map((below) => `tenant/year/month/day/hour/minute/${below}`);

/** Reports under other names; the answer's links name the path itself (docs/adobe.md §1). */
export const ALIASES: ReadonlyMap<string, string> = new Map([['billing/daily', 'year/month/day/tenant']]);

interface Draft {
  readonly dimensions: readonly Dimension[];
  readonly parent: Draft | undefined;
  readonly children: Map<string, Draft>;
  metrics: readonly Metric[];
  readonly reachable: Set<Dimension>;
}

function dimension(name: string): Dimension {
  if (isTimeDimension(name) || isSessionDimension(name) || isLevelDimension(name)) return name;
  throw new TypeError(`not a dimension: ${name}`);
}

/** The tenant and MVPD trees hold durations throughout, histograms hold users, the rest the session counts. */
function defaultSet(dimensions: readonly Dimension[]): MetricSet {
  if (dimensions.some(isLevelDimension)) return 'users';
  const [first] = dimensions;
  return first === undefined || first === 'tenant' || first === 'mvpd' ? 'sessions+durations' : 'sessions';
}

function draft(dimensions: readonly Dimension[], parent: Draft | undefined): Draft {
  return {
    dimensions,
    parent,
    children: new Map(),
    metrics: METRIC_SETS[defaultSet(dimensions)],
    reachable: new Set(dimensions),
  };
}

function grow(root: Draft, path: string): Draft {
  let node = root;
  for (const segment of path.split('/')) {
    let child = node.children.get(segment);
    if (child === undefined) {
      child = draft([...node.dimensions, dimension(segment)], node);
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

/**
 * The drill-down tree: the published paths, everything above them, and the tenant tree.
 * @param minuteReports whether Adobe has enabled minute reports, which are off by default.
 */
export function buildTree(minuteReports: boolean): TreeNode {
  const root = draft([], undefined);
  for (const { path, metrics } of PUBLISHED_PATHS) grow(root, path).metrics = METRIC_SETS[metrics];
  for (const path of [...TENANT_TREE, ...(minuteReports ? MINUTE_TREE : [])]) grow(root, path);
  return root;
}

/** The node of a path; `undefined` where there is no aggregation (404). The root's path has no segments. */
export function findNode(root: TreeNode, segments: readonly string[]): TreeNode | undefined {
  const path = ALIASES.get(segments.join('/'))?.split('/') ?? segments;
  let node: TreeNode | undefined = root;
  for (const segment of path) node = node?.children.get(segment);
  return node;
}
