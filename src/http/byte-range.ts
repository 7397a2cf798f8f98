import { trimmed } from './fields.ts';
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
  const [, from, to] = ONE_RANGE.exec(range) ?? [];
  if (from === undefined || to === undefined || from + to === '') return 'whole';
  const end = target.size - 1;
  if (from === '') {
    if (Number(to) === 0) return 'unsatisfiable';
    // No Content-Range can tell of a part of nothing.
    return end < 0 ? 'whole' : { first: Math.max(0, target.size - Number(to)), last: end };
  }
  const first = Number(from);
  const last = to === '' ? Number.POSITIVE_INFINITY : Number(to);
  if (last < first) return 'whole';
  return first > end ? 'unsatisfiable' : { first, last: Math.min(last, end) };
};

const ONE_RANGE = /^[ \t]*bytes[ \t]*=[ \t]*(\d*)-(\d*)[ \t]*$/i;

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
