import { type EpochMs, epochMs } from '../../base/units.ts';

/** The time dimensions of a report, coarse to fine (`docs/adobe.md` §6). */
export const TIME_DIMENSIONS = ['year', 'month', 'day', 'hour', 'minute'] as const;
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];

/**
 * Reads a `start` or `end` parameter: ISO 8601, of which any prefix is filled up (`2012` is `2012-01-01T00:00:00`,
 * `docs/adobe.md` §6). Fractions of a second and a zone (`Z`, `+02:00`) are accepted; without a zone UTC is assumed.
 * Never throws.
 * @returns `undefined` for anything else, such as a day that the calendar does not have.
 */
export const parseReportDate = (text: string): EpochMs | undefined => {
  const zone = zoneOf(text);
  if (zone === undefined) return undefined;
  const local = text.slice(0, zone.at);
  if (!hasDateShape(local)) return undefined;
  const year = digitsAt(local, 0, 4);
  const month = local.length > 4 ? digitsAt(local, 5, 2) : 1;
  const day = local.length > 7 ? digitsAt(local, 8, 2) : 1;
  const hour = local.length > 10 ? digitsAt(local, 11, 2) : 0;
  const minute = local.length > 13 ? digitsAt(local, 14, 2) : 0;
  const second = local.length > 16 ? digitsAt(local, 17, 2) : 0;
  // NaN, from a place that should hold digits, fails each comparison.
  if (!(year >= 1970 && month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && second <= 59))
    return undefined;
  const midnight = Date.UTC(year, month - 1, day);
  if (new Date(midnight).getUTCDate() !== day) return undefined;
  return epochMs(midnight + ((hour * 60 + minute) * 60 + second) * 1000 - zone.offset);
};

/**
 * The end of the `dimension` bucket that holds `at` (UTC): a range that ends within a month still shows that month's
 * row.
 */
export const endOfBucket = (at: EpochMs, dimension: TimeDimension): EpochMs => {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  switch (dimension) {
    case 'year':
      return epochMs(Date.UTC(year + 1, 0, 1));
    case 'month':
      return epochMs(Date.UTC(year, month + 1, 1));
    case 'day':
      return epochMs(Date.UTC(year, month, date.getUTCDate() + 1));
    case 'hour':
      return epochMs((Math.floor(at / HOUR) + 1) * HOUR);
    case 'minute':
      return epochMs((Math.floor(at / MINUTE) + 1) * MINUTE);
  }
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Zone {
  /** Where the zone begins in the text; its length when there is none. */
  readonly at: number;
  /** Milliseconds that local time is ahead of UTC. */
  readonly offset: number;
}

const NO_ZONE_BEFORE = 'YYYY-MM-DDThh'.length;

const zoneOf = (text: string): Zone | undefined => {
  const { length } = text;
  if (length <= NO_ZONE_BEFORE) return { at: length, offset: 0 };
  if (text.endsWith('Z') || text.endsWith('z')) return { at: length - 1, offset: 0 };
  // `+hh:mm` or `+hhmm`; further left a hyphen belongs to the date. A `+` may have become a space in a query string.
  for (const width of [6, 5]) {
    const at = length - width;
    const sign = text[at];
    if (at < NO_ZONE_BEFORE || (sign !== '+' && sign !== '-' && sign !== ' ')) continue;
    if (width === 6 && text[length - 3] !== ':') continue;
    const ahead = (digitsAt(text, at + 1, 2) * 60 + digitsAt(text, length - 2, 2)) * MINUTE;
    if (!(ahead <= 18 * HOUR)) return undefined;
    return { at, offset: sign === '-' ? -ahead : ahead };
  }
  return { at: length, offset: 0 };
};

/** The number that `count` digits make up, NaN if one is missing. */
const digitsAt = (text: string, from: number, count: number): number => {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

/** Whether the separators are in place and the text ends where a part ends: `YYYY[-MM[-DD[Thh[:mm[:ss[.f…]]]]]]`. */
const hasDateShape = (text: string): boolean => {
  const { length } = text;
  if (length > 4 && text[4] !== '-') return false;
  if (length > 7 && text[7] !== '-') return false;
  if (length > 10 && text[10] !== 'T' && text[10] !== 't' && text[10] !== ' ') return false;
  if (length > 13 && text[13] !== ':') return false;
  if (length > 16 && text[16] !== ':') return false;
  if (length > 19)
    return text[19] === '.' && Number.isInteger(digitsAt(text, 20, length - 20)) && length > 20;
  return length === 4 || length === 7 || length === 10 || length === 13 || length === 16 || length === 19;
};
