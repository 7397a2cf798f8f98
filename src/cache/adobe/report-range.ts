import { type EpochMs, epochMs } from '../../base/units.ts';

/** The time dimensions of a report, coarse to fine (`docs/adobe.md` §6). */
export const TIME_DIMENSIONS = ['year', 'month', 'day', 'hour', 'minute'] as const;
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];

/**
 * Reads a `start` or `end` parameter: ISO 8601, of which any prefix is filled up (`2012` is `2012-01-01T00:00:00`,
 * `docs/adobe.md` §6). Fractions of a second and a zone (`Z`, `+02:00`) are accepted; without a zone UTC is assumed.
 */
export const parseReportDate = (text: string): EpochMs | undefined => {
  const [whole, year = '', month = '01', day = '01', hour = '00', minute = '00', second = '00', ...zone] =
    DATE.exec(text) ?? [];
  if (whole === undefined || year < '1970') return undefined;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // A day that the month does not have would be one of the next.
  if (new Date(local).getUTCDate() !== Number(day)) return undefined;
  const [sign, hours = 0, minutes = 0] = zone;
  const ahead = Number(hours) * HOUR + Number(minutes) * MINUTE;
  if (ahead > LARGEST_OFFSET) return undefined;
  return epochMs(sign === '-' ? local + ahead : local - ahead);
};

/** `YYYY[-MM[-DD[Thh[:mm[:ss[.f…]]][zone]]]]`. The `+` of a zone may have become a space in a query string. */
const DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(?:[Zz]|([+ -])(\d\d):?(\d\d))?)?)?)?$/;

/** The end of the bucket that holds `at` (UTC): a range that ends within a month still shows that month's row. */
export const endOfBucket = (at: EpochMs, dimension: TimeDimension): EpochMs => {
  const date = new Date(at);
  const last = TIME_DIMENSIONS.indexOf(dimension);
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0] = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
  ].flatMap((part, index) => (index > last ? [] : index === last ? part + 1 : part));
  return epochMs(Date.UTC(year, month, day, hour, minute));
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const LARGEST_OFFSET = 18 * HOUR;
