import { type EpochMs, epochMs } from '../../base/units.ts';
import { SECONDS_OR_MILLISECONDS_BOUNDARY } from './adobe.ts';

/** The last moment that `Date` can tell (ECMA-262 §21.4.1.1). */
const LAST_MOMENT = 8.64e15;

/** A finite number, also one written as a decimal string; `undefined` for anything else. */
export function lenientNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string' && /^-?\d{1,16}(\.\d{1,9})?$/.test(value.trim())) return Number(value.trim());
  return undefined;
}

/**
 * A point in time given in seconds or in milliseconds since 1970 (docs/adobe.md §3, §4: both are seen); `undefined` if
 * it is none.
 */
export function lenientTimestamp(value: unknown): EpochMs | undefined {
  const number = lenientNumber(value);
  if (number === undefined || number <= 0 || number > LAST_MOMENT) return undefined;
  return epochMs(number > SECONDS_OR_MILLISECONDS_BOUNDARY ? number : number * 1000);
}
