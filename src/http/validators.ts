import type { EpochMs } from '../base/units.ts';
import { trimmed } from './fields.ts';
import { parseHttpDate } from './http-date.ts';

/** RFC 9110 §8.8.3: `"…"` or `W/"…"`, no quote, white space or control within. */
export const isEntityTag = (text: string): boolean => ENTITY_TAG.test(text);

const ENTITY_TAG = /^(?:W\/)?"[^\0-\x20"\x7f]*"$/;
const OPAQUE_TAGS = /"[^\0-\x20"\x7f]*"/g;

/**
 * Whether `If-None-Match` names the stored answer (RFC 9110 §13.1.2, weak comparison): then the caller has it. Members
 * that are no entity-tag are skipped, save that a field which is the stored tag letter for letter matches, however it
 * is written.
 */
export const matchesIfNoneMatch = (ifNoneMatch: string, etag: string | undefined): boolean => {
  const field = trimmed(ifNoneMatch);
  if (field === '*') return true;
  if (etag === undefined) return false;
  if (field === etag) return true;
  if (!isEntityTag(etag)) return false;
  const wanted = etag.startsWith('W/') ? etag.slice(2) : etag;
  return field.match(OPAQUE_TAGS)?.includes(wanted) ?? false;
};

/**
 * Whether to answer 304 in place of a stored 200 (RFC 9110 §13.2.2, RFC 9111 §4.3.2). `If-None-Match` makes
 * `If-Modified-Since` void; a date that cannot be read is void as well.
 * @param modified when the representation changed last; `undefined` where that is not known, or not to be believed
 *   (Adobe's reports). A cache that believes its origin may give `Date` for a missing `Last-Modified`
 */
export const isNotModified = (
  conditions: { readonly ifNoneMatch: string | undefined; readonly ifModifiedSince: string | undefined },
  etag: string | undefined,
  modified: EpochMs | undefined,
  now: EpochMs,
): boolean => {
  if (conditions.ifNoneMatch !== undefined) return matchesIfNoneMatch(conditions.ifNoneMatch, etag);
  if (conditions.ifModifiedSince === undefined || modified === undefined) return false;
  const since = parseHttpDate(conditions.ifModifiedSince, now);
  // HTTP-dates have whole seconds.
  return since !== undefined && Math.floor(modified / 1000) * 1000 <= since;
};
