import {
  type Dimension,
  granularityOf,
  isLevelDimension,
  isSessionDimension,
  isTimeDimension,
  type LevelDimension,
  type SessionDimension,
} from './dimensions.ts';
import { isMetric, METRIC_SETS, type Metric } from './metrics.ts';
import { parseQueryString, type QueryTerm } from './query-string.ts';
import { ReportError } from './report-error.ts';
import { formatInstant, resolveRange, type TimeRange } from './time-range.ts';
import type { TreeNode } from './tree.ts';

/** Which values of a dimension are wanted: those in `only`, if given, and never those in `not`. */
export interface Filter {
  readonly only: ReadonlySet<string> | undefined;
  readonly not: ReadonlySet<string>;
}

/** A report that can be computed: every name in it is known and may be combined with the others. */
export interface ReportQuery {
  /** The path's dimensions, then the added ones: columns and sort order. */
  readonly dimensions: readonly Dimension[];
  readonly metrics: readonly Metric[];
  readonly filters: ReadonlyMap<SessionDimension | LevelDimension, Filter>;
  /** The histogram that it reads, if it reads one. */
  readonly level: LevelDimension | undefined;
  /** `undefined` where there is no time dimension: the range is ignored then. */
  readonly range: TimeRange | undefined;
  readonly limit: number;
  /** The value of `format`, not yet checked. */
  readonly format: string | undefined;
  /** Filters and added dimensions as the self link repeats them, encoded. */
  readonly selection: string;
  /** The values that are filtered for, for the file name of a CSV. */
  readonly filterValues: readonly string[];
}

const RESERVED = new Set(['start', 'end', 'limit', 'metrics', 'format', 'access_token']);

export const DEFAULT_LIMIT = 1000;

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) {
    throw new ReportError(400, `Invalid "limit": "${text}". Expected a number of rows, at least 1.`);
  }
  return Number(text);
}

type FilterDimension = SessionDimension | LevelDimension;

/** Histograms are pre-aggregated by tenant and MVPD alone. */
const HISTOGRAM_DIMENSIONS: readonly Dimension[] = ['tenant', 'mvpd'];

function filterDimension(node: TreeNode, { name }: QueryTerm): FilterDimension {
  if (isTimeDimension(name)) {
    throw new ReportError(
      400,
      `"${name}" is a time dimension and cannot be filtered or added: use "start" and "end".`,
    );
  }
  if (!(isSessionDimension(name) || isLevelDimension(name)) || !node.reachable.has(name)) {
    const known = [...node.reachable].filter((reached) => !isTimeDimension(reached));
    throw new ReportError(400, `Unknown dimension "${name}" for this path. Known here: ${known.join(', ')}.`);
  }
  return name;
}

function requestedMetrics(terms: readonly QueryTerm[]): Metric[] {
  const names = terms.flatMap(({ value }) => (value ?? '').split(',')).map((name) => name.trim());
  const metrics: Metric[] = [];
  for (const name of names) {
    if (name === '') continue;
    if (!isMetric(name)) throw new ReportError(400, `Unknown metric "${name}".`);
    if (!metrics.includes(name)) metrics.push(name);
  }
  return metrics;
}

/** Settles the projection: histograms hold `users` and nothing else, and only one of them at a time. */
function settleMetrics(node: TreeNode, requested: readonly Metric[], used: ReadonlySet<Dimension>) {
  const levels = [...used].filter(isLevelDimension);
  const [level] = levels;
  const wantsUsers = requested.includes('users');
  if (level === undefined && !wantsUsers) {
    return { metrics: requested.length > 0 ? requested : node.metrics, level };
  }
  const others = [...used].filter((name) => isSessionDimension(name) && !HISTOGRAM_DIMENSIONS.includes(name));
  if (
    levels.length > 1 ||
    others.length > 0 ||
    used.has('hour') ||
    requested.some((metric) => metric !== 'users')
  ) {
    throw new ReportError(
      400,
      'No such aggregation: "users" is counted by one of concurrency-level and activity-level, with tenant and mvpd, by day at the finest, and not together with other metrics.',
    );
  }
  return { metrics: METRIC_SETS.users, level: level ?? ('concurrency-level' as const) };
}

/**
 * Reads the query of a report.
 * @param query without its question mark, as it came.
 * @throws {ReportError} 400 with an explanation, as docs/adobe.md §6 lists them.
 */
export function parseReportQuery(node: TreeNode, query: string, now: number): ReportQuery {
  const terms = parseQueryString(query);
  const reserved = (name: string) => terms.find((term) => term.name === name && !term.negated)?.value;
  const metricTerms: QueryTerm[] = [];
  const dimensions: Dimension[] = [...node.dimensions];
  const only = new Map<FilterDimension, Set<string>>();
  const not = new Map<FilterDimension, Set<string>>();
  const selection: string[] = [];
  const filterValues: string[] = [];

  for (const term of terms) {
    const { name, value, negated } = term;
    if (RESERVED.has(name)) {
      if (negated) throw new ReportError(400, `"${name}" is a reserved parameter and takes no "!=".`);
      if (name === 'metrics') metricTerms.push(term);
      continue;
    }
    const dimension = filterDimension(node, term);
    if (value === undefined) {
      if (negated) throw new ReportError(400, `"${name}!=" needs a value.`);
      if (!dimensions.includes(dimension)) dimensions.push(dimension);
      selection.push(encodeURIComponent(name));
      continue;
    }
    const values = negated ? not : only;
    values.set(dimension, (values.get(dimension) ?? new Set()).add(value));
    selection.push(`${encodeURIComponent(name)}${negated ? '!=' : '='}${encodeURIComponent(value)}`);
    filterValues.push(value);
  }

  const filters = new Map<FilterDimension, Filter>();
  for (const dimension of new Set([...only.keys(), ...not.keys()])) {
    filters.set(dimension, { only: only.get(dimension), not: not.get(dimension) ?? new Set() });
  }
  const used = new Set<Dimension>([...dimensions, ...filters.keys()]);
  const granularity = granularityOf(dimensions);
  const given = { start: reserved('start'), end: reserved('end') };
  return {
    dimensions,
    ...settleMetrics(node, requestedMetrics(metricTerms), used),
    filters,
    range: granularity === undefined ? undefined : resolveRange(granularity, given, now),
    limit: parseLimit(reserved('limit')),
    format: reserved('format'),
    selection: selection.join('&'),
    filterValues,
  };
}

/** The query of the self link, which shows everything that was implied (docs/adobe.md §6). */
export function selfQuery({ range, limit, metrics, selection }: ReportQuery): string {
  return [
    ...(range === undefined
      ? []
      : [`start=${formatInstant(range.start)}`, `end=${formatInstant(range.end)}`]),
    `limit=${limit}`,
    `metrics=${metrics.join(',')}`,
    ...(selection === '' ? [] : [selection]),
  ].join('&');
}
