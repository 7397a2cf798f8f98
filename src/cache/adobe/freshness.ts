import { type EpochMs, epochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import { eachParameter, percentDecoded } from '../../http/query.ts';

/** The time dimensions of a report, coarse to fine (`docs/adobe.md` §6). */
const TIME_DIMENSIONS = ['year', 'month', 'day', 'hour', 'minute'] as const;
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];
type Granularity = TimeDimension | 'histogram';

/** As a route's cache is configured. */
export interface FreshnessRules {
  /** Time between two computations of reports by their finest time dimension, and of histograms. */
  readonly schedule: Readonly<Record<`${Granularity}Ms`, number>>;
  /**
   * Paths below the route's prefix that do not name their dimensions, such as `/billing/daily`, compared segment by
   * segment: reports at or below them have at least this granularity.
   */
  readonly aliases: readonly { readonly path: string; readonly granularity: Granularity }[];
  /** For paths that tell no granularity. */
  readonly defaultTtlMs: number;
  /** For reports whose range ended longer than `settledAfterMs` ago; never below the schedule. */
  readonly settledTtlMs: number;
  /** The recomputation horizon: how long after its end a row may still change. */
  readonly settledAfterMs: number;
}

/** Dimensions that make a report a histogram, whatever its time dimensions. */
const HISTOGRAM_DIMENSIONS = ['concurrency-level', 'activity-level'];

/**
 * How long a report stays as it is, from Adobe's recomputation schedule: a function of the request alone. What is not
 * understood (escapes of other than ASCII, bad dates, unknown paths) shortens the lifetime and never throws.
 * @param path raw, below the route's prefix (`/year/month/day.csv`)
 * @param query raw, without `?`
 */
export const freshnessOf = (
  path: string,
  query: string,
  rules: FreshnessRules,
  now: EpochMs,
): Milliseconds => {
  const alias = rules.aliases.find((it) => isAt(it.path, path));
  const { names, rangeEnd, isOfUsers } = readQuery(query);
  const dimensions = [...namesInPath(path.slice(alias?.path.length ?? 0)), ...names];
  if (alias !== undefined) dimensions.push(alias.granularity);
  const isHistogram =
    isOfUsers ||
    alias?.granularity === 'histogram' ||
    dimensions.some((it) => HISTOGRAM_DIMENSIONS.includes(it));
  const dimension = TIME_DIMENSIONS.findLast((it) => dimensions.includes(it));
  const granularity = isHistogram ? 'histogram' : dimension;
  const scheduled = granularity === undefined ? rules.defaultTtlMs : rules.schedule[`${granularity}Ms`];
  // A path without a time dimension ignores the range. Whether Adobe cuts a month short is not documented: the range is
  // taken to the end of its bucket.
  const end = dimension && rangeEnd && endOfBucket(rangeEnd, dimension);
  const isSettled = end !== undefined && end + rules.settledAfterMs <= now;
  return milliseconds(isSettled ? Math.max(rules.settledTtlMs, scheduled) : scheduled);
};

/** Whether the alias is the beginning of the path, and ends where a segment does or its extension begins. */
const isAt = (alias: string, path: string): boolean =>
  path.startsWith(alias) && ['/', '.', undefined].includes(path[alias.length]);

/** No dimension holds a dot: what follows one is an extension (`day.csv`). */
const namesInPath = (path: string): string[] =>
  path.split('/').map((segment) => percentDecoded(segment).replace(/\..*$/s, ''));

/**
 * A bare name adds a dimension (`?hour`). One with a value counts as well: if Adobe should take it for a dimension, the
 * lifetime is right, and if not, it is only shorter than it could be. A range that is told twice is none, and so is one
 * with one end: the default `start` may move with the clock.
 */
const readQuery = (query: string) => {
  const names: string[] = [];
  const said = { start: [] as string[], end: [] as string[], metrics: [] as string[] };
  eachParameter(query, (rawName, value) => {
    const name = percentDecoded(rawName);
    if (name === 'start' || name === 'end' || name === 'metrics')
      said[name].push(percentDecoded(value ?? ''));
    else names.push(name);
  });
  const isRange = said.start.length === 1 && said.end.length === 1;
  const [start, end] = isRange ? [...said.start, ...said.end].map(parseReportDate) : [];
  const metrics = said.metrics.flatMap((it) => it.split(','));
  // Answered from the daily histograms, whatever the path says (docs/adobe.md §8).
  const isOfUsers = metrics.length > 0 && metrics.every((metric) => metric === 'users');
  return {
    names,
    rangeEnd: start !== undefined && end !== undefined && start <= end ? end : undefined,
    isOfUsers,
  };
};

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
