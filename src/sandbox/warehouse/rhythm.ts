import { CATEGORIES, type Category, DEVICES, type Device, ZONES, type Zone } from './catalogue.ts';
import { between, mix, unit } from './hash.ts';

/** When people watch: every leaf follows the rhythm of its category, device and zone. */
export interface Rhythm {
  readonly category: Category;
  readonly device: Device;
  readonly zone: Zone;
}

export const RHYTHMS: readonly Rhythm[] = CATEGORIES.flatMap((category) =>
  DEVICES.flatMap((device) => ZONES.map((zone) => ({ category, device, zone }))),
);

export const rhythmIndex = ({ category, device, zone }: Rhythm): number =>
  RHYTHMS.findIndex((r) => r.category === category && r.device === device && r.zone === zone);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Share of an hour of the day (0-23) by device: televisions peak in the evening, phones also on the way to work. */
const DEVICE_HOURS: Readonly<Record<Device, readonly number[]>> = {
  tv: [28, 16, 9, 6, 5, 6, 10, 16, 20, 21, 22, 24, 28, 29, 30, 33, 40, 52, 68, 86, 98, 96, 78, 50],
  mobile: [18, 10, 6, 4, 5, 11, 30, 52, 50, 38, 36, 42, 56, 50, 42, 42, 50, 62, 66, 68, 70, 66, 52, 34],
  web: [12, 7, 4, 3, 3, 5, 12, 28, 48, 56, 58, 58, 64, 60, 58, 54, 48, 42, 42, 50, 58, 54, 40, 24],
};

/** How the category bends that curve. */
const CATEGORY_HOURS: Readonly<Record<Category, (hour: number, weekend: boolean) => number>> = {
  sports: (hour, weekend) =>
    weekend && hour >= 12 && hour < 19 ? 1.7 : hour >= 19 && hour < 23 ? 1.35 : 0.75,
  news: (hour) => (hour >= 6 && hour < 10 ? 2.1 : hour >= 17 && hour < 20 ? 1.3 : 0.85),
  entertainment: (hour) => (hour >= 20 && hour < 24 ? 1.3 : 0.9),
  kids: (hour) => (hour >= 20 || hour < 6 ? 0.3 : hour >= 15 && hour < 19 ? 1.8 : 1.25),
};

/** Sunday first. */
const WEEKDAYS: Readonly<Record<Category, readonly number[]>> = {
  sports: [1.6, 1.05, 0.74, 0.78, 1.02, 0.95, 1.45],
  news: [0.82, 1.1, 1.12, 1.12, 1.1, 1.02, 0.76],
  entertainment: [1.16, 0.92, 0.9, 0.93, 0.97, 1.08, 1.14],
  kids: [1.22, 0.86, 0.84, 0.86, 0.88, 1.02, 1.32],
};

/** Half the height of the yearly wave, and the day of the year of its crest. */
const SEASONS: Readonly<Record<Category, readonly [number, number]>> = {
  sports: [0.22, 330],
  news: [0.05, 310],
  entertainment: [0.1, 15],
  kids: [0.08, 200],
};

const GROWTH_SINCE = Date.UTC(2020, 0, 1);
const YEARLY_GROWTH = 1.16;

interface Day {
  readonly index: number;
  readonly weekday: number;
  readonly ofYear: number;
  readonly growth: number;
}

function dayAt(start: number): Day {
  const date = new Date(start);
  return {
    index: Math.floor(start / DAY_MS),
    weekday: date.getUTCDay(),
    ofYear: (start - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS,
    growth: YEARLY_GROWTH ** ((start - GROWTH_SINCE) / (365.25 * DAY_MS)),
  };
}

const dayFactor = (category: Category, day: Day, seed: number): number => {
  const [height, crest] = SEASONS[category];
  const season = 1 + height * Math.cos((2 * Math.PI * (day.ofYear - crest)) / 365.25);
  const noise = between(mix(mix(seed, day.index), CATEGORIES.indexOf(category) + 11), 0.95, 1.05);
  return day.growth * (WEEKDAYS[category][day.weekday] ?? 1) * season * noise;
};

/** Something that everybody watches: a match most weekends, a final some six times a year, now and then breaking news. */
interface Event {
  readonly from: number;
  readonly hours: number;
  readonly gain: number;
}

function eventOf(category: Category, day: Day, seed: number): Event | undefined {
  const hash = mix(mix(seed, day.index), 0xe7e47);
  const luck = unit(hash);
  if (category === 'sports') {
    if (luck < 1 / 60) return { from: 18, hours: 5, gain: 2.6 };
    const matchDay = [0, 1, 4, 6].includes(day.weekday);
    if (matchDay && luck < 0.7) return { from: 19, hours: 4, gain: between(mix(hash, 3), 0.35, 1.1) };
  }
  if (category === 'news' && luck > 1 - 1 / 50) {
    return { from: 8 + (hash % 9), hours: 9, gain: between(mix(hash, 4), 0.6, 1.8) };
  }
  return undefined;
}

/** The curve of a day whose hours add up to 1, so that a rhythm changes when people watch and not how much. */
function hoursOfDay({ category, device, zone }: Rhythm, weekend: boolean): Float64Array {
  const hours = new Float64Array(24);
  let sum = 0;
  for (let hour = 0; hour < 24; hour++) {
    const weight = (DEVICE_HOURS[device][hour] ?? 0) * CATEGORY_HOURS[category](hour, weekend);
    hours[(hour + zone) % 24] = weight;
    sum += weight;
  }
  return hours.map((weight) => weight / sum);
}

/** By rhythm: the curve of a weekday, and that of a day at the weekend. */
const CURVES = RHYTHMS.map((rhythm) => [hoursOfDay(rhythm, false), hoursOfDay(rhythm, true)] as const);

/** The weights of a month: what share of a month's sessions has begun by each hour, and how big the month is. */
export interface MonthRhythm {
  readonly hours: number;
  /** For each rhythm `hours + 1` values that rise from 0 to 1. */
  readonly cumulative: Float64Array;
  /** For each rhythm the month's size, in average days. */
  readonly size: Float64Array;
}

/** @param start the first instant of the month, epoch milliseconds; `end` the first instant after it. */
export function monthRhythm(seed: number, start: number, end: number): MonthRhythm {
  const hours = (end - start) / HOUR_MS;
  const cumulative = new Float64Array(RHYTHMS.length * (hours + 1));
  const size = new Float64Array(RHYTHMS.length);
  const days = Array.from({ length: hours / 24 }, (_, day) => dayAt(start + day * DAY_MS));
  const daysOf = (category: Category) =>
    days.map((day) => ({
      weekend: day.weekday === 0 || day.weekday === 6,
      factor: dayFactor(category, day, seed),
      event: eventOf(category, day, seed),
    }));
  const byCategory = new Map(CATEGORIES.map((category) => [category, daysOf(category)]));
  const noises = Uint32Array.from({ length: hours }, (_, hour) => mix(seed, start / HOUR_MS + hour));
  RHYTHMS.forEach(({ category }, index) => {
    const [weekday, weekend] = CURVES[index] ?? [];
    const base = index * (hours + 1);
    let sum = 0;
    let at = 0;
    for (const day of byCategory.get(category) ?? []) {
      const curve = day.weekend ? weekend : weekday;
      const { factor, event } = day;
      for (let hour = 0; hour < 24; hour++) {
        const noise = between(mix(noises[at] ?? 0, index), 0.95, 1.05);
        const onAir = event !== undefined && hour >= event.from && hour < event.from + event.hours;
        sum += (curve?.[hour] ?? 0) * factor * noise * (onAir ? 1 + event.gain : 1);
        cumulative[base + ++at] = sum;
      }
    }
    for (let i = base + 1; i < base + hours; i++) cumulative[i] = (cumulative[i] ?? 0) / sum;
    cumulative[base + hours] = 1;
    size[index] = sum;
  });
  return { hours, cumulative, size };
}
