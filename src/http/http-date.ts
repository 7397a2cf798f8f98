import { type EpochMs, epochMs } from '../base/units.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE = /^[a-z]{3}, (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) gmt$/;
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC_850 = /^[a-z]{6,9}, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) gmt$/;
/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/** RFC 9110 §5.6.7: the next year with these digits, or the last one if that lies more than 50 years ahead. */
const fullYear = (twoDigits: number, now: EpochMs): number => {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
};

/**
 * Reads an HTTP-date in one of its three forms (RFC 9110 §5.6.7), letter case aside. Never throws.
 * @param now tells the century of the obsolete two-digit years.
 * @returns `undefined` when the text is anything else (a bare `0`, another zone, one digit too few, no such day).
 */
export const parseHttpDate = (text: string, now: EpochMs): EpochMs | undefined => {
  if (text.length < 24 || text.length > 33) return undefined;
  const lower = text.toLowerCase();
  const [, day, month, year, ...time] = IMF_FIXDATE.exec(lower) ?? [];
  if (day !== undefined) return instant(Number(year), month, day, time);
  const [, oldDay, oldMonth, twoDigits, ...oldTime] = RFC_850.exec(lower) ?? [];
  if (oldDay !== undefined) return instant(fullYear(Number(twoDigits), now), oldMonth, oldDay, oldTime);
  const [, cMonth, cDay, hour, minute, second, cYear] = ASCTIME.exec(lower) ?? [];
  return cDay === undefined ? undefined : instant(Number(cYear), cMonth, cDay, [hour, minute, second]);
};

/** @param time hour, minute and second */
const instant = (
  year: number,
  monthName: string | undefined,
  dayText: string,
  time: readonly (string | undefined)[],
): EpochMs | undefined => {
  const month = MONTHS.indexOf(monthName ?? '');
  const day = Number(dayText);
  const [hour = 0, minute = 0, second = 0] = time.map(Number);
  // 60 is a leap second, which the grammar allows.
  if (month === -1 || hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(2000, month, day));
  midnight.setUTCFullYear(year, month, day);
  if (midnight.getUTCMonth() !== month || midnight.getUTCDate() !== day) return undefined;
  return epochMs(midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000);
};
