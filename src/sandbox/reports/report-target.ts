import { findNode, type TreeNode } from './tree.ts';

/** Where a report request points, read from the raw target. */
export interface ReportTarget {
  /** The prefix that the answer's links have, which is not always the one that was called (docs/adobe.md §1). */
  readonly linkPrefix: string;
  /** `undefined`: no such path (404). */
  readonly node: TreeNode | undefined;
  /** Of the last segment, without its dot. */
  readonly extension: string | undefined;
  /** Without its question mark. */
  readonly query: string;
}

const PREFIXES: readonly { readonly called: string; readonly links: string }[] = [
  { called: '/cmu/v2', links: '/cmu/v2' },
  { called: '/v2', links: '/cmu/v2' },
  { called: '/esm/v3', links: '/esm/v3' },
];

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Reads a target; `undefined` when it is none of the report API's. */
export function parseReportTarget(target: string, root: TreeNode): ReportTarget | undefined {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  for (const { called, links } of PREFIXES) {
    const rest = path.slice(called.length);
    if (!path.startsWith(called) || !/^($|[/.])/.test(rest)) continue;
    const [, segments = '', extension] = /^(.*?)(?:\.([^./]*))?$/.exec(decodePath(rest) ?? '/?') ?? [];
    const inner = segments === '/' ? '' : segments;
    const names = inner === '' ? [] : inner.slice(1).split('/');
    const node = inner === '' || inner.startsWith('/') ? findNode(root, names) : undefined;
    return { linkPrefix: links, node, extension, query };
  }
  return undefined;
}
