import type { TimeDimension } from './dimensions.ts';
import { ReportError } from './report-error.ts';

/** From `start` to just before `end`, in epoch milliseconds. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Adobe keeps 25 months of data (docs/adobe.md §6): the month under way and the 24 before it. */
export const RETENTION_MONTHS = 25;

/** The first instant of the month `months` before the one that holds `at`. */
export function monthsBefore(at: number, months: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1);
}

export const retentionStart = (now: number): number => monthsBefore(now, RETENTION_MONTHS - 1);

const startOfDay = (at: number): number => Math.floor(at / DAY) * DAY;

/** Where a report begins that does not say so: enough rows for a chart of its granularity. */
export function defaultStart(granularity: TimeDimension, end: number): number {
  switch (granularity) {
    case 'year':
      return monthsBefore(end, RETENTION_MONTHS - 1);
    case 'month':
      return monthsBefore(end, 11);
    case 'day':
      return startOfDay(end - 30 * DAY);
    case 'hour':
      return startOfDay(end - DAY);
    case 'minute':
      return Math.floor((end - HOUR) / 60_000) * 60_000;
  }
}

const ISO_PREFIX =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.replace(/\D/g, '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/**
 * A point in time as the API takes it: ISO 8601, of which a prefix is enough (`2012` is `2012-01-01T00:00:00`), in UTC
 * unless it says otherwise; or milliseconds, which have more digits than a year.
 * @throws {ReportError} 400 for anything else, and for days that no calendar has.
 */
export function parseInstant(name: 'start' | 'end', text: string): number {
  if (/^\d{11,14}$/.test(text)) return Number(text);
  // A plus sign in a query may mean a space; only a time zone can stand there.
  const match = ISO_PREFIX.exec(
    text.replace(/ (\d{2}:?\d{2})$/, (whole, zone) => (text.includes('T') ? `+${zone}` : whole)),
  );
  if (match === null) {
    throw new ReportError(
      400,
      `Invalid date in "${name}": "${text}". Expected ISO 8601 or a prefix of it, such as 2012-07-15.`,
    );
  }
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone] =
    match;
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const date = new Date(at);
  const exists =
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCHours() === Number(hour) &&
    date.getUTCMinutes() === Number(minute) &&
    date.getUTCSeconds() === Number(second);
  if (!exists) throw new ReportError(400, `Invalid date in "${name}": there is no "${text}".`);
  return at + Math.floor(Number(`0.${fraction}`) * 1000) - offsetOf(zone);
}

/** As links show it: `2012-08-20T14:35:21`, without a zone, in UTC. */
export const formatInstant = (at: number): string => new Date(at).toISOString().slice(0, 19);

/** As file names show it: `2012-08-20`. */
export const formatDate = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * The range of a report.
 * @throws {ReportError} 400 when a date is malformed or the range ends before it starts.
 */
export function resolveRange(
  granularity: TimeDimension,
  given: { readonly start: string | undefined; readonly end: string | undefined },
  now: number,
): TimeRange {
  const end = given.end === undefined ? Math.floor(now / 1000) * 1000 : parseInstant('end', given.end);
  const start =
    given.start === undefined ? defaultStart(granularity, end) : parseInstant('start', given.start);
  if (start > end) {
    throw new ReportError(
      400,
      `Invalid range: "start" (${formatInstant(start)}) is after "end" (${formatInstant(end)}).`,
    );
  }
  return { start, end };
}
