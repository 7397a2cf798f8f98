import { TIME_DIMENSIONS, type TimeDimension } from '../../report/dimensions.ts';
import { floorTo, later, type Unit, type WallTime } from '../../report/periods.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Step {
  readonly unit: Unit;
  readonly count: number;
  /** About, in milliseconds. */
  readonly length: number;
  /** Pixels that its labels need, with the space between two. */
  readonly width: number;
}

const STEPS: readonly Step[] = [
  ...[1, 5, 10, 15, 30].map((count): Step => ({ unit: 'minute', count, length: count * MINUTE, width: 58 })),
  ...[1, 2, 3, 6, 12].map((count): Step => ({ unit: 'hour', count, length: count * HOUR, width: 58 })),
  ...[1, 2].map((count): Step => ({ unit: 'day', count, length: count * DAY, width: 74 })),
  ...[1, 2, 4].map((count): Step => ({ unit: 'week', count, length: count * 7 * DAY, width: 64 })),
  ...[1, 2, 3, 6].map((count): Step => ({ unit: 'month', count, length: count * 30.4 * DAY, width: 70 })),
  ...[1, 2, 5, 10].map((count): Step => ({ unit: 'year', count, length: count * 365 * DAY, width: 56 })),
];

export interface Ticks {
  readonly at: readonly WallTime[];
  readonly labels: readonly string[];
}

/**
 * Where a time axis has its marks: at whole units, never closer than the report's periods, and never so close that
 * their texts would touch.
 * @param width of the axis in pixels
 */
export const timeTicks = (from: WallTime, to: WallTime, granularity: TimeDimension, width: number): Ticks => {
  const length = Math.max(1, to - from);
  const finest = TIME_DIMENSIONS.indexOf(granularity);
  const step =
    STEPS.find(
      (it) =>
        (it.length / length) * width >= it.width && finest >= indexOfUnit(it.unit) && fits(it, granularity),
    ) ?? STEPS.at(-1);
  if (step === undefined) return { at: [], labels: [] };
  const at: WallTime[] = [];
  for (let tick = firstTick(from, step); tick <= to; tick = later(tick, step.unit, step.count)) {
    if (tick >= from) at.push(tick);
  }
  return { at, labels: at.map((tick) => label(tick, step)) };
};

/** Weeks are told in days. */
const indexOfUnit = (unit: Unit): number => TIME_DIMENSIONS.indexOf(unit === 'week' ? 'day' : unit);

/** Marks of months on a chart of days are whole months, and so on: any coarser unit fits. */
const fits = ({ unit }: Step, granularity: TimeDimension): boolean =>
  granularity !== 'month' || (unit !== 'week' && unit !== 'day');

/** A multiple of the step since the next larger unit began, so that marks stay where they are as a range moves on. */
const firstTick = (from: WallTime, { unit, count }: Step): WallTime => {
  const larger: Readonly<Record<Unit, Unit>> = {
    minute: 'hour',
    hour: 'day',
    day: 'week',
    week: 'week',
    month: 'year',
    year: 'year',
  };
  let tick = floorTo(from, larger[unit]);
  if (unit === 'year') tick = later(tick, 'year', -(new Date(tick).getUTCFullYear() % count));
  while (tick < from) tick = later(tick, unit, count);
  return tick;
};

const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });

const CLOCK = format({ hour: '2-digit', minute: '2-digit' });
const DATE = format({ day: 'numeric', month: 'short' });
const WEEKDAY = format({ weekday: 'short', day: 'numeric' });
const MONTH = format({ month: 'short', year: '2-digit' });

const label = (at: WallTime, { unit }: Step): string => {
  switch (unit) {
    case 'minute':
    case 'hour':
      // Midnight is the place to say which day it is.
      return at % DAY === 0 ? DATE.format(at) : CLOCK.format(at);
    case 'day':
      return new Date(at).getUTCDate() === 1 ? DATE.format(at) : WEEKDAY.format(at);
    case 'week':
      return DATE.format(at);
    case 'month':
      return MONTH.format(at);
    case 'year':
      return String(new Date(at).getUTCFullYear());
  }
};
