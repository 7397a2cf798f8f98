import { type EpochMs, epochMs } from '../base/units.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** RFC 9110 §5.6.7: now, by RFC 850 (`Sunday, 06-Nov-94 08:49:37 GMT`) and by asctime (`Sun Nov  6 08:49:37 1994`). */
const FORMS = [
  /^[a-z]{3}, (?<day>\d\d) (?<month>[a-z]{3}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) gmt$/,
  /^[a-z]{6,9}, (?<day>\d\d)-(?<month>[a-z]{3})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) gmt$/,
  /^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/** RFC 9110 §5.6.7: the next year with these digits, or the last one if that lies more than 50 years ahead. */
const fullYear = (twoDigits: number, now: EpochMs): number => {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
};

/**
 * Letter case aside, `undefined` for anything else (a bare `0`, another zone, one digit too few, no such day).
 * @param now tells the century of the obsolete two-digit years.
 */
export const parseHttpDate = (text: string, now: EpochMs): EpochMs | undefined => {
  if (text.length < 24 || text.length > 33) return undefined;
  const lower = text.toLowerCase();
  for (const form of FORMS) {
    const parts = form.exec(lower)?.groups;
    if (parts !== undefined) return instant(parts, now);
  }
  return undefined;
};

const instant = (parts: Readonly<Record<string, string>>, now: EpochMs): EpochMs | undefined => {
  const { year: digits = '', month: name = '', day = '', time = '' } = parts;
  const year = digits.length === 2 ? fullYear(Number(digits), now) : digits;
  const month = String(MONTHS.indexOf(name) + 1).padStart(2, '0');
  const minute = Date.parse(`${year}-${month}-${day.replace(' ', '0')}T${time.slice(0, 5)}Z`);
  const second = Number(time.slice(6));
  // 60 is a leap second, which the grammar allows. A day that the month does not have would be one of the next.
  if (second > 60 || new Date(minute).getUTCDate() !== Number(day)) return undefined;
  return epochMs(minute + second * 1000);
};
