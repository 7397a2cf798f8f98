import type { TimeDimension } from './dimensions.ts';
import {
  ceilTo,
  DAY,
  floorTo,
  isoText,
  later,
  parseIso,
  periodName,
  type Unit,
  unitsBetween,
  type WallTime,
} from './periods.ts';

/** Names of the ranges that follow the clock. */
export const RANGE_NAMES = {
  today: 'Today',
  yesterday: 'Yesterday',
  'this-week': 'This week',
  'last-week': 'Last week',
  'this-month': 'This month',
  'last-month': 'Last month',
  'this-year': 'This year',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  '12m': 'Last 12 months',
} as const;

export type RangeName = keyof typeof RANGE_NAMES;

export const isRangeName = (text: string): text is RangeName => Object.hasOwn(RANGE_NAMES, text);

/** `between` as the API takes it: `end` is exclusive, either may be empty. */
export type TimeRange =
  | { readonly kind: 'default' }
  | { readonly kind: 'named'; readonly name: RangeName }
  | { readonly kind: 'between'; readonly start: string; readonly end: string };

/** From `start` to just before `end`; without one, until now. */
export interface Bounds {
  readonly start: WallTime;
  readonly end: WallTime | undefined;
}

type Span =
  /** The calendar unit that holds now, or so many before it. */
  | { readonly kind: 'calendar'; readonly unit: Unit; readonly back: number }
  | { readonly kind: 'rolling'; readonly unit: Unit; readonly count: number };

const SPANS: Readonly<Record<RangeName, Span>> = {
  today: { kind: 'calendar', unit: 'day', back: 0 },
  yesterday: { kind: 'calendar', unit: 'day', back: 1 },
  'this-week': { kind: 'calendar', unit: 'week', back: 0 },
  'last-week': { kind: 'calendar', unit: 'week', back: 1 },
  'this-month': { kind: 'calendar', unit: 'month', back: 0 },
  'last-month': { kind: 'calendar', unit: 'month', back: 1 },
  'this-year': { kind: 'calendar', unit: 'year', back: 0 },
  '24h': { kind: 'rolling', unit: 'hour', count: 24 },
  '7d': { kind: 'rolling', unit: 'day', count: 7 },
  '30d': { kind: 'rolling', unit: 'day', count: 30 },
  '90d': { kind: 'rolling', unit: 'day', count: 90 },
  '12m': { kind: 'rolling', unit: 'month', count: 12 },
};

/**
 * What a range is now. Named ones begin and end at whole units of their own and of the report's granularity.
 * @returns `undefined` where the API decides
 */
export const boundsOf = (
  range: TimeRange,
  granularity: TimeDimension | undefined,
  now: WallTime,
): Bounds | undefined => {
  if (range.kind === 'default') return undefined;
  if (range.kind === 'between') {
    const start = parseIso(range.start);
    return start === undefined ? undefined : { start, end: parseIso(range.end) };
  }
  const span = SPANS[range.name];
  const whole = (at: WallTime): WallTime => (granularity === undefined ? at : floorTo(at, granularity));
  if (span.kind === 'rolling') {
    const start = later(floorTo(now, span.unit), span.unit, -span.count);
    return { start: whole(start), end: undefined };
  }
  const start = later(floorTo(now, span.unit), span.unit, -span.back);
  const end = later(start, span.unit, 1);
  const wholeEnd = granularity === undefined ? end : ceilTo(end, granularity);
  return { start: whole(start), end: wholeEnd > now ? undefined : wholeEnd };
};

/**
 * The period before, just as long: the week before last week; for this month as many whole units of the month before as
 * this one has by now. Where the range ends now, the unit under way is left out of both.
 */
export const boundsBefore = (
  range: TimeRange,
  bounds: Bounds,
  granularity: TimeDimension,
  now: WallTime,
): { readonly start: WallTime; readonly end: WallTime } => {
  const end = bounds.end ?? Math.max(floorTo(now, granularity), later(bounds.start, granularity, 1));
  const count = unitsBetween(bounds.start, end, granularity);
  const span = range.kind === 'named' ? SPANS[range.name] : undefined;
  if (span?.kind !== 'calendar') {
    return { start: later(floorTo(bounds.start, granularity), granularity, -count), end: bounds.start };
  }
  const start = floorTo(later(bounds.start, span.unit, -1), granularity);
  const isOver = bounds.end !== undefined;
  return { start, end: isOver ? bounds.start : Math.min(bounds.start, later(start, granularity, count)) };
};

/** Inclusive, in words: Mon 16 Nov 2026 to Sun 22 Nov 2026. */
export const boundsText = (
  { start, end }: Bounds,
  granularity: TimeDimension | undefined,
  now: WallTime,
): string => {
  const isWholeDays = start % DAY === 0 && (end === undefined || end % DAY === 0);
  const unit =
    isWholeDays && (granularity === undefined || granularity === 'hour' || granularity === 'minute');
  const told: TimeDimension = unit ? 'day' : (granularity ?? 'hour');
  const first = periodName(start, told);
  const last = periodName(end === undefined ? now : end - 1, told);
  if (first === last) return end === undefined ? `${first}, until now` : first;
  return `${first} to ${end === undefined ? 'now' : last}`;
};

/** The last day of a range whose end is exclusive, for a field that says "to". */
export const lastDay = (end: string): string => {
  const at = parseIso(end);
  return at === undefined ? '' : isoText(at - 1).slice(0, 10);
};

/** The exclusive end of a range that includes this day. */
export const endAfter = (day: string): string => {
  const at = parseIso(day);
  return at === undefined ? '' : isoText(at + DAY).slice(0, 10);
};
