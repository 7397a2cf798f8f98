import type { Profile } from '../../options.ts';
import type { TimeDimension } from '../cube/dimensions.ts';
import { ReportError } from '../report-error.ts';

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

/** Where a report begins that does not say so: enough rows for a chart, and by day as it is seen (docs/adobe.md §8). */
export function defaultStart(granularity: TimeDimension, end: number, profile: Profile): number {
  switch (granularity) {
    case 'year':
      return monthsBefore(end, RETENTION_MONTHS - 1);
    case 'month':
      return monthsBefore(end, 11);
    case 'day':
      return profile === 'seen' ? monthsBefore(end - 1, 0) : startOfDay(end - 30 * DAY);
    case 'hour':
      return startOfDay(end - DAY);
    case 'minute':
      return Math.floor((end - HOUR) / 60_000) * 60_000;
  }
}

const ISO_PREFIX =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T :](\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.replace(/\D/g, '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/**
 * A point in time as the API takes it: ISO 8601, of which a prefix is enough (`2012` is `2012-01-01T00:00:00`), by the
 * API's clock unless it says otherwise; or milliseconds, which have more digits than a year. A colon before the time,
 * as one page has it, is taken too (docs/adobe.md §8).
 * @param zone milliseconds by which the API's clock is ahead of UTC.
 * @returns what that clock shows, as if it were UTC.
 * @throws {ReportError} 400 for anything else, and for days that no calendar has.
 */
export function parseInstant(name: 'start' | 'end', text: string, zone = 0): number {
  if (/^\d{11,14}$/.test(text)) return Number(text) + zone;
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
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', given] =
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
  const local = at + Math.floor(Number(`0.${fraction}`) * 1000);
  return given === undefined ? local : local - offsetOf(given) + zone;
}

/** As links show it: `2012-08-20T14:35:21`, without a zone. */
export const formatInstant = (at: number): string => new Date(at).toISOString().slice(0, 19);

/** As file names show it: `2012-08-20`. */
export const formatDate = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** What the API's clock shows, and which way it shows it. */
export interface Clock {
  /** By the API's clock. */
  readonly now: number;
  /** Milliseconds by which that clock is ahead of UTC. */
  readonly zone: number;
  readonly profile: Profile;
}

/**
 * The range of a report, by the API's clock.
 * @throws {ReportError} 400 when a date is malformed or the range ends before it starts.
 */
export function resolveRange(
  granularity: TimeDimension,
  given: { readonly start: string | undefined; readonly end: string | undefined },
  { now, zone, profile }: Clock,
): TimeRange {
  const end = given.end === undefined ? Math.floor(now / 1000) * 1000 : parseInstant('end', given.end, zone);
  const start =
    given.start === undefined
      ? defaultStart(granularity, end, profile)
      : parseInstant('start', given.start, zone);
  if (start > end) {
    throw new ReportError(
      400,
      `Invalid range: "start" (${formatInstant(start)}) is after "end" (${formatInstant(end)}).`,
    );
  }
  return { start, end };
}
