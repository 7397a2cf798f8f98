import { trimmed } from './field-value.ts';
import { matchesStrongly } from './validators.ts';

/** Both ends included, counted from 0, within the body. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** `whole`: answer 200 as if nothing had been asked. `unsatisfiable`: answer 416. */
export type RangeDecision = ByteRange | 'whole' | 'unsatisfiable';

/** The parts of a request that ask for a range. */
export interface RangeRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** What is known of the body that would be sent. */
export interface RangeTarget {
  readonly size: number;
  readonly etag: string | undefined;
  /** As sent. `undefined` where it is not to be believed. */
  readonly lastModified: string | undefined;
}

/**
 * Which part of a stored body a request gets (RFC 9110 §14.2). One range is served; several, other units and
 * malformed ones are ignored, which the RFC allows and which no caller can turn into an amplification.
 */
export const decideRange = ({ range, ifRange }: RangeRequest, target: RangeTarget): RangeDecision => {
  if (range === undefined || (ifRange !== undefined && !holdsIfRange(ifRange, target))) return 'whole';
  const spec = rangeSpec(range);
  if (spec === undefined) return 'whole';
  const hyphen = spec.indexOf('-');
  if (hyphen === -1) return 'whole';
  const { size } = target;
  const last = position(spec, hyphen + 1, spec.length);
  if (hyphen === 0) {
    if (last === undefined) return 'whole';
    if (last === 0) return 'unsatisfiable';
    // No Content-Range can tell of a part of nothing.
    return size === 0 ? 'whole' : { first: Math.max(0, size - last), last: size - 1 };
  }
  const first = position(spec, 0, hyphen);
  const open = hyphen + 1 === spec.length;
  if (first === undefined || (last === undefined && !open)) return 'whole';
  if (last !== undefined && last < first) return 'whole';
  if (first >= size) return 'unsatisfiable';
  return { first, last: last === undefined ? size - 1 : Math.min(last, size - 1) };
};

/** `Content-Range` of a 206 (RFC 9110 §14.4). */
export const contentRange = ({ first, last }: ByteRange, size: number): string =>
  `bytes ${first}-${last}/${size}`;

/** `Content-Range` of a 416. */
export const unsatisfiedContentRange = (size: number): string => `bytes */${size}`;

/** RFC 9110 §13.1.5: strong comparison of a tag; a date must be the `Last-Modified` letter for letter. */
const holdsIfRange = (ifRange: string, target: RangeTarget): boolean => {
  const condition = trimmed(ifRange);
  if (target.etag !== undefined && matchesStrongly(condition, target.etag)) return true;
  return target.lastModified !== undefined && condition === target.lastModified;
};

/** The text after `bytes=`, if that is the unit and there is one range. */
const rangeSpec = (range: string): string | undefined => {
  const equals = range.indexOf('=');
  if (equals === -1 || trimmed(range.slice(0, equals)).toLowerCase() !== 'bytes') return undefined;
  const spec = trimmed(range.slice(equals + 1));
  return spec.includes(',') ? undefined : spec;
};

/**
 * Digits as a number; more than can be held exactly counts as the most that can. `undefined` if there are none, or
 * others.
 */
const position = (text: string, from: number, to: number): number | undefined => {
  if (from >= to) return undefined;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = Math.min(value * 10 + digit, Number.MAX_SAFE_INTEGER);
  }
  return value;
};
