import type { EpochMs, Milliseconds } from '../../base/units.ts';
import { milliseconds } from '../../base/units.ts';
import { percentDecoded } from '../../http/percent-decoded.ts';
import { eachParameter } from '../../http/query-parameters.ts';
import { endOfBucket, parseReportDate, TIME_DIMENSIONS, type TimeDimension } from './report-range.ts';

/**
 * What is asked for: the raw path below the route's prefix (`/year/month/day.csv`) and the raw query string without
 * `?`.
 */
export interface ReportTarget {
  readonly path: string;
  readonly query: string;
}

/** A path that does not name its dimensions: reports at or below `path` have at least this granularity. */
export interface FreshnessAlias {
  /** Below the route's prefix, such as `/billing/daily`; compared segment by segment. */
  readonly path: string;
  readonly granularity: TimeDimension | 'histogram';
}

export interface FreshnessRules {
  /** Time between two computations of reports by their finest time dimension. */
  readonly schedule: Readonly<Record<TimeDimension, Milliseconds>>;
  /** Dimensions that make a report a histogram, whatever its time dimensions, and the time between its computations. */
  readonly histogramDimensions: readonly string[];
  readonly histogramTtl: Milliseconds;
  readonly aliases: readonly FreshnessAlias[];
  /** For paths that tell no granularity. */
  readonly defaultTtl: Milliseconds;
  /** For reports whose range ended longer than `settledAfter` ago; never below the schedule. */
  readonly settledTtl: Milliseconds;
  /** The recomputation horizon: how long after its end a row may still change. */
  readonly settledAfter: Milliseconds;
}

export interface Freshness {
  readonly ttl: Milliseconds;
  /** The rule that decided: the finest time dimension, `histogram`, `settled`, or `unknown` (the default). */
  readonly reason: TimeDimension | 'histogram' | 'settled' | 'unknown';
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Adobe's documented recomputation schedule (`docs/adobe.md` §6, "Freshness"). */
export const DEFAULT_FRESHNESS_RULES: FreshnessRules = {
  schedule: {
    year: milliseconds(2 * DAY),
    month: milliseconds(2 * DAY),
    day: milliseconds(3 * HOUR),
    hour: milliseconds(HOUR),
    minute: milliseconds(MINUTE),
  },
  histogramDimensions: ['concurrency-level', 'activity-level'],
  histogramTtl: milliseconds(DAY),
  // Seen at the staging host (`docs/adobe.md` §1).
  aliases: [{ path: '/billing/daily', granularity: 'day' }],
  defaultTtl: milliseconds(MINUTE),
  settledTtl: milliseconds(7 * DAY),
  // Three runs of the slowest schedule, and a day for the time zone of the dates, which nobody documents.
  settledAfter: milliseconds(7 * DAY),
};

/**
 * How long the report at `target` stays as it is, from Adobe's recomputation schedule: a function of the request
 * alone. What is not understood (escapes of other than ASCII, bad dates, unknown paths) shortens the lifetime and
 * never throws.
 */
export const freshnessOf = (target: ReportTarget, rules: FreshnessRules, now: EpochMs): Freshness => {
  const found: Findings = { finest: -1, histogram: false };
  const aliased = lookAtAliases(found, target.path, rules);
  lookAtPath(found, target.path.slice(aliased), rules);
  const range = lookAtQuery(found, target.query, rules);

  const dimension = TIME_DIMENSIONS[found.finest];
  const scheduled: Freshness = found.histogram
    ? { ttl: rules.histogramTtl, reason: 'histogram' }
    : dimension === undefined
      ? { ttl: rules.defaultTtl, reason: 'unknown' }
      : { ttl: rules.schedule[dimension], reason: dimension };
  // A path without a time dimension ignores the range.
  if (dimension === undefined || !isSettled(range, dimension, rules, now)) return scheduled;
  return rules.settledTtl > scheduled.ttl ? { ttl: rules.settledTtl, reason: 'settled' } : scheduled;
};

interface Findings {
  /** Index into {@link TIME_DIMENSIONS}; -1 for none. */
  finest: number;
  histogram: boolean;
}

interface RangeParameters {
  readonly start: EpochMs | undefined;
  readonly end: EpochMs | undefined;
}

const note = (found: Findings, dimension: string, rules: FreshnessRules): void => {
  const rank = (TIME_DIMENSIONS as readonly string[]).indexOf(dimension);
  if (rank > found.finest) found.finest = rank;
  else if (rank === -1 && rules.histogramDimensions.includes(dimension)) found.histogram = true;
};

/** Notes what the first alias that matches stands for. Returns the length of the path that it covers. */
const lookAtAliases = (found: Findings, path: string, rules: FreshnessRules): number => {
  for (const alias of rules.aliases) {
    const { length } = alias.path;
    if (!path.startsWith(alias.path)) continue;
    // The alias must end where a segment ends, or where its extension begins.
    const next = path[length];
    if (next !== undefined && next !== '/' && next !== '.') continue;
    if (alias.granularity === 'histogram') found.histogram = true;
    else note(found, alias.granularity, rules);
    return length;
  }
  return 0;
};

const lookAtPath = (found: Findings, path: string, rules: FreshnessRules): void => {
  for (let start = 0; start < path.length; ) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    const segment = percentDecoded(path.slice(start, end));
    // No dimension holds a dot: what follows one is an extension (`day.csv`).
    const dot = segment.indexOf('.');
    note(found, dot === -1 ? segment : segment.slice(0, dot), rules);
    start = end + 1;
  }
};

/**
 * A bare name adds a dimension (`?hour`). One with a value counts as well: if Adobe should take it for a dimension, the
 * lifetime is right, and if not, it is only shorter than it could be.
 */
const lookAtQuery = (found: Findings, query: string, rules: FreshnessRules): RangeParameters => {
  let start: EpochMs | undefined;
  let end: EpochMs | undefined;
  let ambiguous = false;
  const metrics: string[] = [];
  eachParameter(query, (rawName, value) => {
    const name = percentDecoded(rawName);
    if (name === 'start') {
      ambiguous ||= start !== undefined;
      start = value === undefined ? undefined : parseReportDate(percentDecoded(value));
    } else if (name === 'end') {
      ambiguous ||= end !== undefined;
      end = value === undefined ? undefined : parseReportDate(percentDecoded(value));
    } else if (name === 'metrics') {
      metrics.push(...percentDecoded(value ?? '').split(','));
    } else {
      note(found, name, rules);
    }
  });
  // Answered from the daily histograms, whatever the path says (docs/adobe.md §8).
  found.histogram ||= metrics.length > 0 && metrics.every((metric) => metric === 'users');
  return ambiguous ? { start: undefined, end: undefined } : { start, end };
};

/**
 * Whether the rows asked for change no more. Both ends must be given: the default `start` may move with the clock. The
 * end is taken to the end of its bucket, since whether Adobe cuts a month short is not documented.
 */
const isSettled = (
  { start, end }: RangeParameters,
  dimension: TimeDimension,
  rules: FreshnessRules,
  now: EpochMs,
): boolean =>
  start !== undefined &&
  end !== undefined &&
  start <= end &&
  endOfBucket(end, dimension) + rules.settledAfter <= now;
