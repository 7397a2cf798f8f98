import { granularityOf, isTimeDimension, type TimeDimension } from './dimensions.ts';
import { addsAcross, type Total } from './metrics.ts';
import { periodsBetween, periodText, type WallTime } from './periods.ts';
import { type Report, type Row, timeReader } from './report-answer.ts';

/** The figures of one value (or combination of values) of the dimensions that are grouped by. */
export interface Group {
  /** A value for each of {@link Grouped.by}. */
  readonly values: readonly string[];
  /** A figure for each of {@link Grouped.times}; `null` where it is not known. */
  readonly figures: readonly (number | null)[];
}

/** A metric of a report, by some of its dimensions and over time. */
export interface Grouped {
  readonly metric: string;
  readonly by: readonly string[];
  /** The granularity; `undefined` for a report without time, which is one period. */
  readonly unit: TimeDimension | undefined;
  readonly times: readonly WallTime[];
  readonly groups: readonly Group[];
  /** Dimensions over which the metric would have to be added up, and must not be: then there are no groups. */
  readonly unaddable: readonly string[];
}

/** Every dimension but time. */
export const groupable = ({ columns }: Report): readonly string[] =>
  columns.flatMap(({ name, kind }) => (kind === 'dimension' || kind === 'level' ? [name] : []));

/** What rows can be grouped by: time as well, by year, month or day, or by the hour of the day. */
export const groupChoices = (report: Report): readonly string[] => [
  ...report.columns.flatMap(({ name, kind }) => (kind === 'time' ? [name] : [])),
  ...groupable(report),
];

/** Dimensions that have more than one value. */
export const varying = (report: Report): readonly string[] =>
  groupable(report).filter((name) => valuesOf(report, name).length > 1);

export const valuesOf = ({ columns, rows }: Report, dimension: string): readonly string[] => {
  const column = columns.findIndex(({ name }) => name === dimension);
  return column === -1 ? [] : [...new Set(rows.map((row) => String(row[column])))];
};

/** Between two dimensions of a key; no name holds it. */
const SEPARATOR = '\u0000';

/**
 * Adds up what may be added up: rows of the same period that differ in dimensions that nobody groups by.
 * @param isWhole no rows are missing, so that where there is no row nothing happened
 */
export const groupReport = (
  report: Report,
  metric: string,
  by: readonly string[],
  isWhole: boolean,
): Grouped => {
  const { columns, rows } = report;
  const places = columns.map(({ name }) => name);
  const measured = places.indexOf(metric);
  const unit = granularityOf(places);
  const known = by.filter((it) => places.includes(it));
  const base = { metric, by: known, unit };
  const dropped = groupable(report).filter((it) => !known.includes(it));
  const unaddable = addsAcross(metric) ? [] : collisions(report, known, dropped);
  if (measured === -1 || rows.length === 0 || unaddable.length > 0) {
    return { ...base, times: [], groups: [], unaddable };
  }
  const timeOf = timeReader(columns);
  const times = unit === undefined ? [0] : allPeriods(rows.map(timeOf), unit);
  const positions = new Map(times.map((time, index) => [time, index]));
  const readers = known.map((it) => valueReader(it, places, timeOf));
  const groups = new Map<string, { values: string[]; figures: (number | null)[] }>();
  for (const row of rows) {
    const values = readers.map((read) => read(row));
    const key = values.join(SEPARATOR);
    const group = groups.get(key) ?? { values, figures: emptyFigures(times, known, values, isWhole) };
    const at = unit === undefined ? 0 : (positions.get(timeOf(row)) ?? -1);
    if (at >= 0) group.figures[at] = (group.figures[at] ?? 0) + figureOf(row, measured);
    groups.set(key, group);
  }
  return { ...base, times, groups: [...groups.values()], unaddable: [] };
};

const valueReader = (name: string, places: readonly string[], timeOf: (row: Row) => WallTime) => {
  const index = places.indexOf(name);
  return (row: Row): string => (isTimeDimension(name) ? timeValue(timeOf(row), name) : String(row[index]));
};

/** A period as a value to group by. Hours and minutes are those of the day and of the hour: when people watch. */
const timeValue = (at: WallTime, name: TimeDimension): string => {
  if (name === 'hour') return periodText(at, 'hour').slice(11);
  return name === 'minute' ? periodText(at, 'minute').slice(14) : periodText(at, name);
};

/** Nothing happened where there is no row; but a group of evenings knows nothing of mornings. */
const emptyFigures = (
  times: readonly WallTime[],
  by: readonly string[],
  values: readonly string[],
  isWhole: boolean,
): (number | null)[] => {
  const own = by.flatMap((name, index) => (isTimeDimension(name) ? [{ name, value: values[index] }] : []));
  const isOwn = (time: WallTime): boolean => own.every(({ name, value }) => timeValue(time, name) === value);
  return times.map((time) => (isWhole && isOwn(time) ? 0 : null));
};

const figureOf = (row: Row, measured: number): number => Number(row[measured]) || 0;

/** Periods without rows between others had nothing in them; they must not vanish from an axis. */
const allPeriods = (found: readonly WallTime[], unit: TimeDimension): WallTime[] => {
  const sorted = [...new Set(found)].sort((a, b) => a - b);
  const [first = 0, last = 0] = [sorted.at(0), sorted.at(-1)];
  const all = periodsBetween(first, last, unit);
  return all.at(-1) === last ? all : sorted;
};

/** The dropped dimensions that tell rows apart which would be added up. */
const collisions = (
  { columns, rows }: Report,
  by: readonly string[],
  dropped: readonly string[],
): readonly string[] => {
  const indexOf = (it: string): number => columns.findIndex(({ name }) => name === it);
  const kept = columns.flatMap(({ name, kind }, index) =>
    kind === 'time' || by.includes(name) ? [index] : [],
  );
  return dropped.filter((dimension) => {
    const index = indexOf(dimension);
    const seen = new Map<string, string>();
    return rows.some((row) => {
      const key = kept.map((it) => row[it]).join(SEPARATOR);
      const value = String(row[index]);
      const before = seen.get(key);
      seen.set(key, value);
      return before !== undefined && before !== value;
    });
  });
};

/**
 * One figure for all periods. Means are over whole periods only: a day that is not over would pull them down.
 * @param isWhole whether the period at this place is
 */
export const totalOf = (
  figures: readonly (number | null)[],
  total: Total,
  isWhole: (index: number) => boolean = () => true,
): number | null => {
  const known = figures.filter((it) => it !== null);
  if (known.length === 0) return null;
  if (total === 'sum') return known.reduce((a, b) => a + b, 0);
  if (total === 'max') return known.reduce((a, b) => Math.max(a, b));
  const whole = figures.filter((it, index) => it !== null && isWhole(index));
  const counted = whole.length > 0 ? whole : known;
  return counted.reduce((a: number, b) => a + (b ?? 0), 0) / counted.length;
};

/** All groups together, where the metric adds up across them. */
export const together = ({ metric, groups, times }: Grouped): readonly (number | null)[] | undefined => {
  const [only] = groups;
  if (groups.length === 1) return only?.figures;
  if (!addsAcross(metric) || groups.length === 0) return undefined;
  return times.map((_, at) =>
    groups.reduce((sum: number | null, { figures }) => {
      const figure = figures[at] ?? null;
      return figure === null ? sum : (sum ?? 0) + figure;
    }, null),
  );
};

/** Names of the groups: the values of those dimensions that tell them apart. */
export const groupNames = ({ by, groups, metric }: Grouped): readonly string[] => {
  const telling = by.map((_, index) => new Set(groups.map(({ values }) => values[index])).size > 1);
  const none = !telling.includes(true);
  return groups.map(({ values }) => {
    const told = values.filter((_, index) => none || telling[index]);
    // A channel that is called after its tenant needs no tenant beside it.
    const short = told.filter((one) => !told.some((other) => other !== one && other.startsWith(`${one} `)));
    return short.length === 0 ? metric : short.join(' · ');
  });
};
