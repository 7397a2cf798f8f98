import { trimmed } from './fields.ts';
import { isEntityTag } from './validators.ts';

/**
 * `whole`: answer 200 as if nothing had been asked. `unsatisfiable`: answer 416. Else both ends are included, counted
 * from 0, within the body.
 */
export type RangeDecision = { readonly first: number; readonly last: number } | 'whole' | 'unsatisfiable';

interface RangeRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** What is known of the body that would be sent. */
interface RangeTarget {
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
  if (range === undefined || (ifRange !== undefined && !holdsIfRange(trimmed(ifRange), target)))
    return 'whole';
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

/** RFC 9110 §13.1.5: strong comparison of a tag; a date must be the `Last-Modified` letter for letter. */
const holdsIfRange = (condition: string, { etag, lastModified }: RangeTarget): boolean =>
  condition === lastModified || (condition === etag && !etag.startsWith('W/') && isEntityTag(etag));
