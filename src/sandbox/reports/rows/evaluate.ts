import type { EpochMinute, Warehouse } from '../../warehouse/warehouse.ts';
import { type Cube, horizonOf } from '../cube/cube.ts';
import {
  type Dimension,
  granularityOf,
  isHistogramDimension,
  isSessionDimension,
  isTimeDimension,
  type SessionDimension,
  type TimeDimension,
} from '../cube/dimensions.ts';
import type { ReportQuery } from '../query/query.ts';
import { retentionStart } from '../query/time-range.ts';
import { ReportError } from '../report-error.ts';
import { buckets, countBuckets, finest, timeValues } from './buckets.ts';
import { type Group, groupLeaves } from './grouping.ts';
import { histogramRows } from './histogram-rows.ts';
import type { Row } from './row.ts';
import type { RowCache } from './row-cache.ts';
import { Tally } from './tally.ts';

/** What one answer may cost; more is "too much data asked" (400). */
export interface EvaluationLimits {
  readonly maxRows: number;
  /** Leaves times time buckets. */
  readonly maxCells: number;
}

export const DEFAULT_LIMITS: EvaluationLimits = { maxRows: 2_000_000, maxCells: 60_000_000 };

export interface EvaluationContext {
  readonly cube: Cube;
  readonly warehouse: Warehouse;
  readonly now: number;
  /** Tenants whose data the caller may see. */
  readonly tenants: ReadonlySet<string>;
  readonly limits: EvaluationLimits;
  readonly cache: RowCache;
}

/** Consecutive dimensions of one sort: the rows are the product of the steps, nested in their order. */
type Step =
  | { readonly kind: 'time'; readonly dimensions: readonly TimeDimension[] }
  | { readonly kind: 'group'; readonly dimensions: readonly Dimension[] };

function stepsOf(dimensions: readonly Dimension[]): Step[] {
  const steps: Step[] = [];
  for (const dimension of dimensions) {
    const last = steps.at(-1);
    if (isTimeDimension(dimension)) {
      if (last?.kind === 'time')
        steps.splice(-1, 1, { kind: 'time', dimensions: [...last.dimensions, dimension] });
      else steps.push({ kind: 'time', dimensions: [dimension] });
    } else if (last?.kind === 'group') {
      steps.splice(-1, 1, { kind: 'group', dimensions: [...last.dimensions, dimension] });
    } else {
      steps.push({ kind: 'group', dimensions: [dimension] });
    }
  }
  return steps;
}

/** The data that exists for a query, by the cube's clock: within its range, the retention, and what is computed. */
function available(
  { range, dimensions }: ReportQuery,
  { cube, now }: EvaluationContext,
): { from: EpochMinute; to: EpochMinute } {
  const horizon = (horizonOf(cube, granularityOf(dimensions), now) + cube.zone) / 60_000;
  const oldest = retentionStart(now + cube.zone) / 60_000;
  if (range === undefined) return { from: oldest, to: horizon };
  const from = Math.max(oldest, Math.floor(range.start / 60_000));
  return { from, to: Math.min(horizon, Math.floor(range.end / 60_000)) };
}

function selectLeaves(query: ReportQuery, { warehouse, tenants }: EvaluationContext): Int32Array {
  const filters = [...query.filters].flatMap(([dimension, filter]) =>
    isSessionDimension(dimension) ? [{ dimension, ...filter }] : [],
  );
  const indexes: number[] = [];
  warehouse.catalogue.leaves.forEach((leaf, index) => {
    if (!tenants.has(leaf.tenant)) return;
    const wanted = filters.every(
      ({ dimension, only, not }) => (only?.has(leaf[dimension]) ?? true) && !not.has(leaf[dimension]),
    );
    if (wanted) indexes.push(index);
  });
  return Int32Array.from(indexes);
}

/** Rows are handed on in batches of about this many. */
const BATCH = 32;

class Evaluation {
  readonly #query: ReportQuery;
  readonly #warehouse: Warehouse;
  readonly #toUtc: number;
  readonly #steps: readonly Step[];
  readonly #groups = new WeakMap<Int32Array, Group[]>();
  readonly #tallies = new WeakMap<Int32Array, Tally>();

  constructor(query: ReportQuery, { warehouse, cube }: EvaluationContext) {
    this.#query = query;
    this.#warehouse = warehouse;
    this.#toUtc = -cube.zone / 60_000;
    this.#steps = stepsOf(query.dimensions);
  }

  /** Every row, sorted by the dimensions. Nothing is computed before it is asked for. */
  *rows(
    level: number,
    leaves: Int32Array,
    from: EpochMinute,
    to: EpochMinute,
    above: string[],
  ): Generator<Row> {
    const step = this.#steps[level];
    if (step?.kind === 'time') {
      for (const bucket of buckets(finest(step.dimensions), from, to)) {
        const values = [...above, ...timeValues(step.dimensions, bucket.from)];
        yield* this.rows(level + 1, leaves, bucket.from, bucket.to, values);
      }
    } else if (step !== undefined && level < this.#steps.length - 1) {
      for (const group of this.#grouped(leaves, step.dimensions)) {
        yield* this.rows(level + 1, group.leaves, from, to, [...above, ...group.values]);
      }
    } else {
      yield* this.#lastRows(step?.dimensions ?? [], leaves, from, to, above);
    }
  }

  *#lastRows(
    dimensions: readonly Dimension[],
    leaves: Int32Array,
    from: EpochMinute,
    to: EpochMinute,
    above: readonly string[],
  ): Generator<Row> {
    const groups = this.#grouped(leaves, dimensions);
    const tally = this.#tally(leaves, groups);
    const { histogram, filters } = this.#query;
    if (histogram !== undefined) {
      const counted = tally.countCells(histogram, from, to);
      yield* histogramRows({ above, dimensions, groups, counted, filters });
      return;
    }
    for (const { group, values } of tally.count(from, to)) {
      yield { dimensions: [...above, ...(groups[group]?.values ?? [])], metrics: values };
    }
  }

  #grouped(leaves: Int32Array, dimensions: readonly Dimension[]): Group[] {
    const known = this.#groups.get(leaves);
    if (known !== undefined) return known;
    const sessionDimensions = dimensions.filter(
      (name): name is SessionDimension => !isHistogramDimension(name) && !isTimeDimension(name),
    );
    const groups = groupLeaves(this.#warehouse.catalogue.leaves, leaves, sessionDimensions);
    this.#groups.set(leaves, groups);
    return groups;
  }

  #tally(leaves: Int32Array, groups: readonly Group[]): Tally {
    const known = this.#tallies.get(leaves);
    if (known !== undefined) return known;
    const { metrics, histogram } = this.#query;
    const tally = new Tally(this.#warehouse, { groups, metrics, histogram, toUtc: this.#toUtc });
    this.#tallies.set(leaves, tally);
    return tally;
  }
}

function refuseMassive(
  query: ReportQuery,
  leaves: number,
  bucketCount: number,
  { maxRows, maxCells }: EvaluationLimits,
) {
  const rows = Math.min(query.limit, leaves * bucketCount);
  if (rows > maxRows || leaves * bucketCount > maxCells) {
    throw new ReportError(
      400,
      `Too much data asked: about ${leaves * bucketCount} cells and up to ${rows} rows. Narrow "start" and "end", filter, or lower "limit".`,
    );
  }
}

/** What the rows depend on: two queries with the same key have the same rows, up to their limits. */
function keyOf(query: ReportQuery, context: EvaluationContext, from: EpochMinute, to: EpochMinute): string {
  const filters = [...query.filters].map(([name, { only, not }]) => [name, only && [...only], [...not]]);
  return JSON.stringify([
    context.cube.prefix,
    query.dimensions,
    query.metrics,
    query.histogram?.dimensions,
    filters,
    from,
    to,
    [...context.tenants],
  ]);
}

/**
 * Computes a report row by row, in batches, as far as they are asked for; small reports at once, and only once.
 * @throws {ReportError} 400 (at the call, not later) when the report would be too large.
 */
export function evaluate(query: ReportQuery, context: EvaluationContext): Iterable<readonly Row[]> {
  const { from, to } = available(query, context);
  if (from >= to) return [];
  const leaves = selectLeaves(query, context);
  const granularity = granularityOf(query.dimensions);
  const bucketCount = granularity === undefined ? 1 : countBuckets(granularity, from, to);
  refuseMassive(query, leaves.length, bucketCount, context.limits);
  const { cache } = context;
  const { limit } = query;
  const whole = keyOf(query, context, from, to);
  const part = `${whole}, up to ${limit}`;
  const known = cache.get(whole) ?? cache.get(part);
  if (known !== undefined) return batches(known.flat(), limit);
  const rows = batches(new Evaluation(query, context).rows(0, leaves, from, to, []), limit);
  if (!cache.admits(Math.min(limit, leaves.length * bucketCount))) return rows;
  const computed = [...rows];
  cache.set(computed.flat().length < limit ? whole : part, computed);
  return computed;
}

function* batches(rows: Iterable<Row>, limit: number): Generator<readonly Row[]> {
  let batch: Row[] = [];
  let left = limit;
  for (const row of rows) {
    batch.push(row);
    if (--left === 0) break;
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
