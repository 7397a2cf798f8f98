import { badRequest, type Problem, problemOf } from '../answer/problem.ts';
import type { Placed, RouteTable } from './route-table.ts';

/**
 * The target rule (docs/threat-model.md): check, then forward the same bytes. Nothing here decodes, resolves or
 * normalises what goes on; a path that two servers could read differently is refused instead.
 */

/** A request target under the prefix of a route. `below` and `query` are the caller's bytes. */
export interface Target<R> {
  readonly route: R;
  /** The path below the prefix: empty, or starting with `/`, or the extension of a root report (`.csv`). */
  readonly below: string;
  readonly query: string;
}

export type TargetVerdict<R> =
  | ({ readonly kind: 'report' } & Target<R>)
  /** Well-formed, but not ours. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** In bytes. Published report URLs stay far below; 16 KiB is the bound of the whole head. */
export const MAX_TARGET_LENGTH = 8192;

export const refusedTarget = (detail: string) => ({
  kind: 'refused' as const,
  problem: badRequest(detail, 'The request target cannot be served'),
});

const tooLong = problemOf(
  'target-too-long',
  `The request target is longer than ${MAX_TARGET_LENGTH} bytes.`,
  { close: true },
);

/**
 * @param routes prefixes are compared byte for byte, so `/%63mu/v2` is elsewhere
 * @param host the value of `Host`, needed only if `routes.usesHosts`
 */
export const judgeTarget = <R extends Placed>(
  raw: string,
  routes: RouteTable<R>,
  host?: string,
): TargetVerdict<R> => {
  if (raw.length > MAX_TARGET_LENGTH) return { kind: 'refused', problem: tooLong };
  if (!raw.startsWith('/')) {
    return refusedTarget('Only origin-form request targets (a path that starts with "/") are served.');
  }
  if (raw.includes('#')) return refusedTarget('A request target must not hold a fragment ("#").');
  const mark = raw.indexOf('?');
  const end = mark === -1 ? raw.length : mark;
  const fault = PLAIN_PATH.test(raw) ? undefined : faultOf(raw.slice(0, end));
  if (fault !== undefined) return refusedTarget(`The path holds ${fault}.`);
  const route = routes.find(raw, host);
  if (route === undefined) return { kind: 'elsewhere' };
  return { kind: 'report', route, below: raw.slice(route.prefix.length, end), query: raw.slice(end) };
};

/** Most paths: nothing in them that could be read in another way. */
const PLAIN_PATH = /^(?:\/[\w-][\w.-]*)*\/?(?:\?|$)/;

/** What no path may hold, however it is written. */
const AMBIGUOUS: readonly (readonly [RegExp, string])[] = [
  [/\/(?:\.|%2e){1,2}(?:\/|$)/i, 'a dot segment'],
  [/\\/, 'a backslash'],
  [/;/, 'a semicolon'],
  [/[^\x21-\x7e]/, 'a byte that must be percent-encoded'],
  [/%(?![0-9a-f]{2})/i, 'a malformed percent-escape'],
  [/%(?:2f|5c)/i, 'an encoded slash or backslash'],
  [/%3b/i, 'an encoded semicolon'],
  [/%(?:[01][0-9a-f]|7f)/i, 'an encoded control byte'],
  [/%25/, 'an encoded percent sign (double encoding)'],
];

const faultOf = (path: string): string | undefined =>
  AMBIGUOUS.find(([shape]) => shape.test(path))?.[1] ??
  (isDecodable(path) ? undefined : 'escapes that are not UTF-8');

const isDecodable = (path: string): boolean => {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
};
