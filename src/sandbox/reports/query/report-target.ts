import type { Cube } from '../cube/cube.ts';
import { METRIC_SETS } from '../cube/metrics.ts';
import { findNode, type TreeNode } from '../cube/tree.ts';

/** Where a report request points, read from the raw target. */
export interface ReportTarget {
  readonly cube: Cube;
  /** `undefined`: no such path (404). */
  readonly node: TreeNode | undefined;
  /** The path below the prefix, without its extension. */
  readonly path: string;
  /** Of the last segment, without its dot. */
  readonly extension: string | undefined;
  /** Without its question mark. */
  readonly query: string;
}

export interface Cubes {
  readonly cmu: Cube;
  readonly esm: Cube;
}

/** Prefixes that are called. The answer's links have the cube's own, whatever was called (docs/adobe.md §1, §8). */
const PREFIXES: readonly { readonly called: string; readonly cube: keyof Cubes }[] = [
  { called: '/cmu/v2', cube: 'cmu' },
  { called: '/v2', cube: 'cmu' },
  { called: '/esm/v3', cube: 'esm' },
  { called: '/v3', cube: 'esm' },
];

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Says whether a path belongs to a report API. */
export const isReportPath = (path: string): boolean =>
  PREFIXES.some(({ called }) => path.startsWith(called) && /^($|[/.])/.test(path.slice(called.length)));

/** Reports under other names; the answer's links name the path itself (docs/adobe.md §1, §8). */
function nodeOf({ root }: Cube, segments: readonly string[]): TreeNode | undefined {
  if (segments.join('/') !== 'billing/daily') return findNode(root, segments);
  const daily = findNode(root, ['year', 'month', 'day', 'tenant']);
  return daily && { ...daily, metrics: METRIC_SETS.billing };
}

/** Reads a target; `undefined` when it is none of the report APIs'. */
export function parseReportTarget(target: string, cubes: Cubes): ReportTarget | undefined {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  const prefix = isReportPath(path) ? PREFIXES.find(({ called }) => path.startsWith(called)) : undefined;
  if (prefix === undefined) return undefined;
  const rest = decodePath(path.slice(prefix.called.length)) ?? '/?';
  const [, segments = '', extension] = /^(.*?)(?:\.([^./]*))?$/.exec(rest) ?? [];
  const inner = segments === '/' ? '' : segments;
  const cube = cubes[prefix.cube];
  const node = inner === '' || inner.startsWith('/') ? nodeOf(cube, inner.split('/').slice(1)) : undefined;
  return { cube, node, path: inner, extension, query };
}
