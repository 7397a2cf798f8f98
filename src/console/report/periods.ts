import type { TimeDimension } from './dimensions.ts';

/**
 * Periods of a report. Times here are wall clocks of the report's zone, written as if they were UTC (milliseconds): a
 * report says "20:00", and that is what is drawn and asked for, wherever the reader sits.
 */
export type WallTime = number;

export type Unit = TimeDimension | 'week';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The beginning of the period that holds `at`; weeks begin on Monday (ISO 8601). */
export const floorTo = (at: WallTime, unit: Unit): WallTime => {
  const date = new Date(at);
  switch (unit) {
    case 'year':
      return Date.UTC(date.getUTCFullYear(), 0);
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    case 'week':
      return floorTo(at, 'day') - ((date.getUTCDay() + 6) % 7) * DAY;
    case 'day':
      return Math.floor(at / DAY) * DAY;
    case 'hour':
      return Math.floor(at / HOUR) * HOUR;
    case 'minute':
      return Math.floor(at / MINUTE) * MINUTE;
  }
};

/** So many units later; a day that its month lacks becomes the last one. */
export const later = (at: WallTime, unit: Unit, count: number): WallTime => {
  const lengths = { week: 7 * DAY, day: DAY, hour: HOUR, minute: MINUTE };
  if (unit !== 'year' && unit !== 'month') return at + count * lengths[unit];
  const date = new Date(at);
  const month = date.getUTCMonth() + count * (unit === 'year' ? 12 : 1);
  const first = Date.UTC(date.getUTCFullYear(), month);
  const days = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  return first + (Math.min(date.getUTCDate(), days) - 1) * DAY + (at % DAY);
};

export const ceilTo = (at: WallTime, unit: Unit): WallTime => {
  const floor = floorTo(at, unit);
  return floor === at ? at : later(floor, unit, 1);
};

/** How many units lie between two times; one that is begun counts. */
export const unitsBetween = (from: WallTime, to: WallTime, unit: TimeDimension): number => {
  if (unit === 'day' || unit === 'hour' || unit === 'minute') {
    return Math.ceil((to - from) / later(0, unit, 1));
  }
  const months = (at: WallTime): number => new Date(at).getUTCFullYear() * 12 + new Date(at).getUTCMonth();
  const [first, last] = [floorTo(from, unit), ceilTo(to, unit)];
  return (months(last) - months(first)) / (unit === 'year' ? 12 : 1);
};

/** From the first to the last, each once. @param most to give up at: what is longer is no chart */
export const periodsBetween = (
  first: WallTime,
  last: WallTime,
  unit: TimeDimension,
  most = 50_000,
): WallTime[] => {
  const periods: WallTime[] = [];
  for (let at = first; at <= last && periods.length < most; at = later(at, unit, 1)) periods.push(at);
  return periods;
};

/** The time of day and date in a zone, now. @param zone as `Intl` knows it: `UTC`, `-08:00`, `America/New_York` */
export const wallTime = (now: number, zone: string): WallTime => now + offsetOf(now, zone) * MINUTE;

/** How the zone is told: `UTC`, `UTC−08:00`, `America/New_York`. */
export const zoneLabel = (zone: string): string => {
  if (!/^[+-]/.test(zone)) return zone;
  return `UTC${zone.replace('-', '−')}`;
};

/** Minutes ahead of UTC. */
const offsetOf = (now: number, zone: string): number => {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(
    now,
  );
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};

const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });

const NAMES = {
  year: format({ year: 'numeric' }),
  month: format({ month: 'short', year: 'numeric' }),
  day: format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }),
  hour: format({
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }),
};

/** A period for people: Sun 22 Nov 2026, 20:00. */
export const periodName = (at: WallTime, unit: TimeDimension): string =>
  NAMES[unit === 'minute' ? 'hour' : unit].format(at).replace(/^(\w{3}),/, '$1');

/** As a table has it, sortable by eye: 2026-11-22 20:00. */
export const periodText = (at: WallTime, unit: TimeDimension): string => {
  const lengths = { year: 4, month: 7, day: 10, hour: 16, minute: 16 };
  return new Date(at).toISOString().slice(0, lengths[unit]).replace('T', ' ');
};

/** As the API takes it: 2026-11-22T20:00:00. */
export const isoText = (at: WallTime): string => new Date(at).toISOString().slice(0, 19);

/** @returns `undefined` for what is no date */
export const parseIso = (text: string): WallTime | undefined => {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2}))?)?)?)?)?/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  return Date.UTC(year, month - 1, day, hour, minute, second);
};
