import type { TimeDimension } from '../../report/dimensions.ts';
import { inSentence, isLevelDimension, isTimeDimension, readable } from '../../report/dimensions.ts';
import { type Grouped, groupNames, groupReport, totalOf, varying } from '../../report/grouping.ts';
import { addsAcross, type Total, totalFor } from '../../report/metrics.ts';
import type { WallTime } from '../../report/periods.ts';
import type { Report } from '../../report/report-answer.ts';
import { ALL_METRICS, type ReportView, type Shape } from '../../report/report-view.ts';
import { type Matrix, matrixOf, orderBySize } from './matrix-model.ts';

/** A line, or a bar if there is no time. */
export interface Series {
  readonly name: string;
  /** What its colour belongs to. */
  readonly scope: string;
  readonly figures: readonly (number | null)[];
  readonly total: number | null;
}

/** What is drawn of a report. */
export type ChartModel =
  | {
      readonly kind: 'lines';
      readonly unit: TimeDimension;
      readonly times: readonly WallTime[];
      /** The largest; the rest is in {@link omitted}. */
      readonly series: readonly Series[];
      readonly omitted: number;
      readonly stacking: 'none' | 'stacked' | 'share';
    }
  | {
      readonly kind: 'bars';
      readonly series: readonly Series[];
      readonly omitted: number;
      readonly total: Total;
      readonly unit: TimeDimension | undefined;
    }
  | {
      readonly kind: 'matrix';
      readonly matrix: Matrix;
      readonly total: Total;
      readonly unit: TimeDimension | undefined;
    }
  | { readonly kind: 'figure'; readonly value: number | null }
  /** What would have to be added up, and cannot. */
  | { readonly kind: 'unaddable'; readonly dimensions: readonly string[] }
  | { readonly kind: 'nothing' };

export const MOST_LINES = 8;
export const MOST_BARS = 24;

/** Name of what is added up of all those that are not drawn by themselves. */
export const OTHERS = 'Others';

export interface ChartInput {
  readonly report: Report;
  readonly view: Pick<ReportView, 'by' | 'shape' | 'total' | 'charted'>;
  readonly metric: string;
  /** No rows are missing. */
  readonly isWhole: boolean;
  /** Whether a period has all of its figures. */
  readonly isComplete: (time: WallTime) => boolean;
}

/** The metrics that are drawn. */
export const chartedMetrics = (
  { columns }: Report,
  { charted }: Pick<ReportView, 'charted'>,
): readonly string[] => {
  const metrics = columns.flatMap(({ name, kind }) => (kind === 'metric' ? [name] : []));
  if (charted === ALL_METRICS && metrics.length > 1) return metrics;
  return metrics.filter((it, index, { length }) =>
    charted !== undefined && metrics.includes(charted) ? it === charted : index === 0 && length > 0,
  );
};

/** The groups that chart and totals are made of. */
export const groupedFor = ({ report, view, metric, isWhole }: ChartInput): Grouped =>
  groupReport(report, metric, view.by ?? varying(report), isWhole);

/** Shapes that make sense of it, the best first. */
export const shapesFor = (grouped: Grouped): readonly Shape[] => {
  const { by, unit, times, groups, metric } = grouped;
  // Grouped by time, there is no axis left for it.
  const hasTime = unit !== undefined && times.length > 1 && !by.some(isTimeDimension);
  const adds = addsAcross(metric) && groups.length > 1;
  const isGrid = by.length > 1 || (by.length === 0 && unit === 'hour' && times.length > 24);
  const byLevel = by.some(isLevelDimension) && by.length > 1;
  const over: readonly Shape[] = hasTime ? (adds ? ['lines', 'stacked', 'share'] : ['lines']) : [];
  const grid: readonly Shape[] = isGrid ? ['matrix'] : [];
  const flat: readonly Shape[] = by.length > 0 || !hasTime ? ['bars'] : [];
  return byLevel ? [...grid, ...over, ...flat] : [...over, ...flat, ...grid];
};

/** @param grouped as {@link groupedFor} makes it */
export const chartModel = (input: ChartInput, grouped: Grouped): ChartModel => {
  const { report, view, metric } = input;
  if (view.charted === ALL_METRICS) return ofMetrics(input);
  if (grouped.unaddable.length > 0) return { kind: 'unaddable', dimensions: grouped.unaddable };
  if (grouped.groups.length === 0) return { kind: 'nothing' };
  const shapes = shapesFor(grouped);
  const shape = shapes.find((it) => it === view.shape) ?? shapes[0];
  const total = totalFor(metric, view.total);
  const series = seriesOf(grouped, total, input);
  if (report.columns.every(({ kind }) => kind === 'metric')) {
    return { kind: 'figure', value: series[0]?.total ?? null };
  }
  switch (shape) {
    case 'matrix':
      return {
        kind: 'matrix',
        matrix: matrixOf(grouped, (figures) => totalOf(figures, total, wholeAt(grouped, input.isComplete))),
        total,
        unit: grouped.unit,
      };
    case 'bars':
      return barsOf(grouped, series, total);
    default:
      return linesOf(grouped, series, shape ?? 'lines');
  }
};

const seriesOf = (grouped: Grouped, total: Total, { isComplete }: ChartInput): Series[] => {
  const names = groupNames(grouped);
  const scope = grouped.by.length === 0 ? 'metric' : grouped.by.join(',');
  return grouped.groups.map(({ figures }, index) => ({
    name: grouped.by.length === 0 ? readable(grouped.metric) : (names[index] ?? ''),
    scope,
    figures,
    total: totalOf(figures, total, wholeAt(grouped, isComplete)),
  }));
};

const wholeAt =
  ({ unit, times }: Grouped, isComplete: (time: WallTime) => boolean) =>
  (index: number): boolean =>
    unit === undefined || isComplete(times[index] ?? 0);

const bySize = (a: Series, b: Series): number => (b.total ?? 0) - (a.total ?? 0);
const byNumber = (a: Series, b: Series): number => Number.parseFloat(a.name) - Number.parseFloat(b.name);

const byText = (a: Series, b: Series): number => (a.name < b.name ? -1 : 1);

const isByTime = ({ by }: Grouped): boolean => by.length === 1 && by.some(isTimeDimension);

const inOrder = (grouped: Grouped, series: readonly Series[]): readonly Series[] =>
  series.toSorted(isByLevel(grouped) ? byNumber : bySize);

const isByLevel = ({ by }: Grouped): boolean => by.length === 1 && by.some(isLevelDimension);

const linesOf = (grouped: Grouped, series: readonly Series[], shape: Shape): ChartModel => {
  const { unit = 'day', times } = grouped;
  const sorted = inOrder(grouped, series);
  const named = isByLevel(grouped) ? sorted.map((it) => ({ ...it, name: levelName(it.name) })) : sorted;
  const drawn = named.slice(0, MOST_LINES);
  const rest = named.slice(MOST_LINES);
  const base = { kind: 'lines' as const, unit, times };
  if (shape !== 'stacked' && shape !== 'share') {
    return { ...base, series: drawn, omitted: rest.length, stacking: 'none' };
  }
  // A stack without the rest would not be the whole.
  const others = rest.length === 0 ? [] : [addedUp(rest, times.length)];
  return { ...base, series: [...drawn, ...others], omitted: 0, stacking: shape };
};

const addedUp = (series: readonly Series[], length: number): Series => ({
  name: OTHERS,
  scope: OTHERS,
  figures: Array.from({ length }, (_, at) =>
    series.reduce((sum, { figures }) => sum + (figures[at] ?? 0), 0),
  ),
  total: series.reduce((sum, { total }) => sum + (total ?? 0), 0),
});

const barsOf = (grouped: Grouped, series: readonly Series[], total: Total): ChartModel => {
  const sorted = isByTime(grouped) ? series.toSorted(byText) : inOrder(grouped, series);
  return {
    kind: 'bars',
    series: sorted.slice(0, MOST_BARS),
    omitted: Math.max(0, sorted.length - MOST_BARS),
    total,
    unit: grouped.unit,
  };
};

/** One series for each metric of the report, where all of them add up over what nobody groups by. */
const ofMetrics = (input: ChartInput): ChartModel => {
  const { report, view } = input;
  const metrics = chartedMetrics(report, view).filter(addsAcross);
  const parts = metrics.map((metric) => ({
    grouped: groupReport(
      report,
      metric,
      view.shape === 'matrix' ? (view.by ?? varying(report)) : [],
      input.isWhole,
    ),
    total: totalFor(metric, view.total),
  }));
  const [first] = parts;
  if (first === undefined || first.grouped.groups.length === 0) return { kind: 'nothing' };
  const { unit, times, by } = first.grouped;
  const series = parts.flatMap(({ grouped, total }) => seriesOf(grouped, total, input));
  const hasTime = unit !== undefined && times.length > 1;
  if (view.shape === 'matrix' && by.length > 0) {
    const rows = groupNames(first.grouped);
    const figures = rows.map((_, row) =>
      parts.map(({ grouped, total }) =>
        totalOf(grouped.groups[row]?.figures ?? [], total, wholeAt(grouped, input.isComplete)),
      ),
    );
    const order = orderBySize(figures);
    const matrix = {
      down: by.map(readable).join(', '),
      across: 'Metric',
      rows: order.map((row) => rows[row] ?? ''),
      columns: metrics.map(readable),
      figures: order.map((row) => figures[row] ?? []),
    };
    return { kind: 'matrix', matrix, total: first.total, unit };
  }
  if (hasTime && view.shape !== 'bars') {
    return { kind: 'lines', unit, times, series: series.slice(0, MOST_LINES), omitted: 0, stacking: 'none' };
  }
  return { kind: 'bars', series, omitted: 0, total: first.total, unit };
};

/** 1 stream, 2 streams. */
const levelName = (level: string): string => `${level} ${level === '1' ? 'stream' : 'streams'}`;

/** How the figures came about, for people: mean per day, most in an hour. */
export const totalText = (total: Total, unit: TimeDimension | undefined): string => {
  if (unit === undefined) return '';
  const period = inSentence(unit);
  return {
    sum: 'in all',
    mean: `mean per ${period}`,
    max: `most in ${unit === 'hour' ? 'an' : 'a'} ${period}`,
  }[total];
};
