import type { Placed, RouteTable } from './route-table.ts';

/**
 * The target rule (docs/threat-model.md): check, then forward the same bytes. Nothing here decodes, resolves or
 * normalises what goes on; a path that two servers could read differently is refused instead.
 */

/** A request target under the prefix of a route. `below` and `query` are the caller's bytes. */
export interface Target<R> {
  readonly kind: 'report';
  readonly route: R;
  /** The path below the prefix: empty, or starting with `/`, or the extension of a root report (`.csv`). */
  readonly below: string;
  /** The query with its `?`, or empty. */
  readonly query: string;
}

export type TargetVerdict<R> =
  | Target<R>
  /** Well-formed, but not ours. */
  | { readonly kind: 'elsewhere' }
  | TargetRefusal;

export interface TargetRefusal {
  readonly kind: 'refused';
  readonly status: 400 | 414;
  readonly reason: string;
}

/**
 * Longest request target served, in bytes. Published report URLs stay far below; 16 KiB is the bound of the whole
 * head.
 */
export const MAX_TARGET_LENGTH = 8192;

const ELSEWHERE = { kind: 'elsewhere' } as const;
const TOO_LONG = {
  kind: 'refused',
  status: 414,
  reason: `The request target is longer than ${MAX_TARGET_LENGTH} bytes.`,
} as const;

const refused = (reason: string): TargetRefusal => ({ kind: 'refused', status: 400, reason });

const SLASH = 0x2f;

/**
 * Judges a raw request target and finds its route.
 * @param raw the request-target as it came (`req.url`)
 * @param routes prefixes are compared byte for byte, so `/%63mu/v2` is elsewhere
 * @param host the value of `Host`, needed only if `routes.usesHosts`
 */
export const judgeTarget = <R extends Placed>(
  raw: string,
  routes: RouteTable<R>,
  host?: string,
): TargetVerdict<R> => {
  if (raw.length > MAX_TARGET_LENGTH) return TOO_LONG;
  if (raw.charCodeAt(0) !== SLASH) {
    return refused('Only origin-form request targets (a path that starts with "/") are served.');
  }
  if (raw.includes('#')) return refused('A request target must not hold a fragment ("#").');
  const mark = raw.indexOf('?');
  const end = mark === -1 ? raw.length : mark;
  const problem = pathProblem(raw, end);
  if (problem !== undefined) return refused(problem);
  const route = routes.find(raw, host);
  if (route === undefined) return ELSEWHERE;
  return { kind: 'report', route, below: raw.slice(route.prefix.length, end), query: raw.slice(end) };
};

const PERCENT = 0x25;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;

/** What is wrong with the path `raw[0, end)`, if anything. One pass; decodes only when there is an escape. */
const pathProblem = (raw: string, end: number): string | undefined => {
  let escaped = false;
  let segmentStart = 1;
  for (let i = 0; i <= end; i++) {
    const code = i === end ? SLASH : raw.charCodeAt(i);
    if (code === SLASH) {
      if (i > segmentStart && isDots(raw, segmentStart, i)) return 'The path holds a dot segment.';
      segmentStart = i + 1;
    } else if (code === PERCENT) {
      const wrong = escapeProblem(raw, i, end);
      if (wrong !== undefined) return wrong;
      escaped = true;
      i += 2;
    } else if (code === BACKSLASH) {
      return 'The path holds a backslash.';
    } else if (code === SEMICOLON) {
      return 'The path holds a semicolon.';
    } else if (code <= 0x20 || code >= 0x7f) {
      return 'The path holds a byte that must be percent-encoded.';
    }
  }
  if (escaped && !isDecodable(raw.slice(0, end))) return 'The path holds escapes that are not UTF-8.';
  return undefined;
};

const hexValue = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

/** The byte that the escape at `i` stands for, or -1 if it is malformed or cut off. */
const escapedByte = (raw: string, i: number, end: number): number => {
  if (i + 2 >= end) return -1;
  const high = hexValue(raw.charCodeAt(i + 1));
  const low = hexValue(raw.charCodeAt(i + 2));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
};

const escapeProblem = (raw: string, i: number, end: number): string | undefined => {
  const byte = escapedByte(raw, i, end);
  if (byte === -1) return 'The path holds a malformed percent-escape.';
  if (byte === SLASH || byte === BACKSLASH) return 'The path holds an encoded slash or backslash.';
  if (byte === SEMICOLON) return 'The path holds an encoded semicolon.';
  if (byte < 0x20 || byte === 0x7f) return 'The path holds an encoded control byte.';
  if (byte === PERCENT) return 'The path holds an encoded percent sign (double encoding).';
  return undefined;
};

/** Whether the segment is `.` or `..`, with each dot plain or written `%2e`. */
const isDots = (raw: string, start: number, end: number): boolean => {
  let dots = 0;
  for (let i = start; i < end; i++) {
    if (raw.charCodeAt(i) === DOT) dots++;
    else if (raw.charCodeAt(i) === PERCENT && escapedByte(raw, i, end + 1) === DOT) {
      dots++;
      i += 2;
    } else return false;
  }
  return dots === 1 || dots === 2;
};

const isDecodable = (path: string): boolean => {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
};
