import { type Milliseconds, milliseconds, seconds } from '../../base/units.ts';

/** What Adobe's documentation fixes. Each value with its source; nothing here is a matter of taste. */

/** One DCR call a second and calling address is allowed … (docs/adobe.md §5) */
export const THROTTLE_INTERVAL: Milliseconds = seconds(1);

/** … after a one-time burst of ten (docs/adobe.md §5). */
export const THROTTLE_BURST: number = 10;

/** A 429 of the DCR server carries no Retry-After: "wait at least 1 s" (docs/adobe.md §5). */
export const THROTTLED_FLOOR: Milliseconds = seconds(1);

/**
 * Above are milliseconds since 1970, below seconds: Adobe's sources show both (docs/adobe.md §3, §4). As seconds it is
 * the year 5138, as milliseconds 1973.
 */
export const SECONDS_OR_MILLISECONDS_BOUNDARY: Milliseconds = milliseconds(1e11);
