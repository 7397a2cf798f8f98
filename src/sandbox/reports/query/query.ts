import type { Profile } from '../../options.ts';
import { HISTOGRAMS, type Histogram } from '../../warehouse/histograms.ts';
import type { Cube } from '../cube/cube.ts';
import {
  type Dimension,
  granularityOf,
  type HistogramDimension,
  isHistogramDimension,
  isSessionDimension,
  isTimeDimension,
  type SessionDimension,
} from '../cube/dimensions.ts';
import type { Metric } from '../cube/metrics.ts';
import type { TreeNode } from '../cube/tree.ts';
import { ReportError } from '../report-error.ts';
import { parseQueryString, type QueryTerm } from './query-string.ts';
import { formatInstant, resolveRange, type TimeRange } from './time-range.ts';

type FilterDimension = SessionDimension | HistogramDimension;

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
  readonly filters: ReadonlyMap<FilterDimension, Filter>;
  /** The histogram that it reads, if it reads one. */
  readonly histogram: Histogram | undefined;
  /** By the cube's clock; `undefined` where there is no time dimension: the range is ignored then. */
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

/** CMU's histograms are pre-aggregated by tenant and MVPD alone. */
const BESIDE_USERS: readonly Dimension[] = ['tenant', 'mvpd'];

function filterDimension(node: TreeNode, { name }: QueryTerm): FilterDimension {
  if (isTimeDimension(name)) {
    throw new ReportError(
      400,
      `"${name}" is a time dimension and cannot be filtered or added: use "start" and "end".`,
    );
  }
  if (!(isSessionDimension(name) || isHistogramDimension(name)) || !node.reachable.has(name)) {
    const known = [...node.reachable].filter((reached) => !isTimeDimension(reached));
    throw new ReportError(400, `Unknown dimension "${name}" for this path. Known here: ${known.join(', ')}.`);
  }
  return name;
}

function requestedMetrics(terms: readonly QueryTerm[], { metrics: known }: Cube): Metric[] {
  const names = terms.flatMap(({ value }) => (value ?? '').split(',')).map((name) => name.trim());
  const metrics: Metric[] = [];
  for (const name of names) {
    if (name === '') continue;
    const metric = known.find((one) => one === name);
    if (metric === undefined) throw new ReportError(400, `Unknown metric "${name}".`);
    if (!metrics.includes(metric)) metrics.push(metric);
  }
  return metrics;
}

/** Settles the projection: histograms hold their one metric and no other, and only one of them is read at a time. */
function settleMetrics(node: TreeNode, requested: readonly Metric[], used: ReadonlySet<Dimension>) {
  const ofHistogram = [...used].filter(isHistogramDimension);
  const histogram = HISTOGRAMS.find(({ dimensions, metric }) =>
    ofHistogram.length === 0
      ? requested.includes(metric)
      : ofHistogram.every((name) => dimensions.includes(name)),
  );
  if (ofHistogram.length === 0 && histogram === undefined) {
    return { metrics: requested.length > 0 ? requested : node.metrics, histogram };
  }
  const others = [...used].filter((name) => isSessionDimension(name) && !BESIDE_USERS.includes(name));
  if (
    histogram === undefined ||
    (histogram.metric === 'users' && others.length > 0) ||
    requested.some((metric) => metric !== histogram.metric)
  ) {
    throw new ReportError(
      400,
      'No such aggregation: "users" is counted by one of the histograms, with tenant and mvpd, and not together with other metrics.',
    );
  }
  return { metrics: [histogram.metric], histogram };
}

/** Who asks, and of what. */
export interface QueryContext {
  readonly cube: Cube;
  readonly profile: Profile;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Reads the query of a report.
 * @param query without its question mark, as it came.
 * @throws {ReportError} 400 with an explanation, as docs/adobe.md §6 lists them.
 */
export function parseReportQuery(node: TreeNode, query: string, context: QueryContext): ReportQuery {
  const { cube, profile, now } = context;
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
    ...settleMetrics(node, requestedMetrics(metricTerms, cube), used),
    filters,
    range:
      granularity === undefined
        ? undefined
        : resolveRange(granularity, given, { now: now + cube.zone, zone: cube.zone, profile }),
    limit: parseLimit(reserved('limit')),
    format: reserved('format'),
    selection: selection.join('&'),
    filterValues,
  };
}

/**
 * The query of the self link, which shows everything that was implied (docs/adobe.md §6; as it is seen, §8).
 * @param implied filters that nobody wrote: the caller's own data.
 */
export function selfQuery(
  { range, limit, metrics, selection }: ReportQuery,
  profile: Profile,
  implied: readonly string[],
): string {
  const filters = [...implied, ...(selection === '' ? [] : [selection])];
  const times =
    range === undefined ? [] : [`start=${formatInstant(range.start)}`, `end=${formatInstant(range.end)}`];
  const parts =
    profile === 'seen'
      ? [...filters, ...times, `limit=${limit}`, ...metrics.map((metric) => `metrics=${metric}`)]
      : [...times, `limit=${limit}`, `metrics=${metrics.join(',')}`, ...filters];
  return parts.join('&');
}
