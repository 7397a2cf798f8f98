import type { Column, Report, Row } from './report-answer.ts';

/** What is drawn of a report: one metric, in the way that suits its dimensions. */
export type ChartModel =
  /** Over time; a line for each combination of the other dimensions. */
  | {
      readonly kind: 'lines';
      /** Epoch seconds, ascending. */
      readonly times: readonly number[];
      readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
      /** Lines that are not drawn, as they have the least. */
      readonly omitted: number;
    }
  /** How many had each level. */
  | { readonly kind: 'histogram'; readonly levels: readonly string[]; readonly counts: readonly number[] }
  /** By dimension, the largest first. */
  | {
      readonly kind: 'bars';
      readonly bars: readonly { readonly name: string; readonly value: number }[];
      readonly omitted: number;
    }
  /** A report without dimensions is one record. */
  | { readonly kind: 'figure'; readonly value: number }
  | { readonly kind: 'nothing' };

export const MOST_LINES = 8;
export const MOST_BARS = 24;

export const chartModel = ({ columns, rows }: Report, metric: string): ChartModel => {
  const measured = columns.findIndex(({ name }) => name === metric);
  if (measured === -1 || rows.length === 0) return { kind: 'nothing' };
  const measure = (row: Row): number => Number(row[measured] ?? 0);
  const nameOf = namer(columns);
  if (columns.some(({ kind }) => kind === 'level')) return histogram(columns, rows, measure);
  if (columns.some(({ kind }) => kind === 'time')) return lines(columns, rows, nameOf, measure);
  if (columns.some(({ kind }) => kind === 'dimension')) return bars(rows, nameOf, measure);
  return { kind: 'figure', value: rows.reduce((sum, row) => sum + measure(row), 0) };
};

/** The values of the dimensions that are neither time nor level; empty if there are none. */
const namer = (columns: readonly Column[]) => {
  const indexes = columns.flatMap(({ kind }, index) => (kind === 'dimension' ? [index] : []));
  return (row: Row): string => indexes.map((index) => row[index]).join(' · ');
};

const lines = (
  columns: readonly Column[],
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  measure: (row: Row) => number,
): ChartModel => {
  const timeOf = timeReader(columns);
  const byName = new Map<string, Map<number, number>>();
  const all = new Set<number>();
  for (const row of rows) {
    const time = timeOf(row);
    all.add(time);
    const name = nameOf(row);
    const line = byName.get(name) ?? new Map<number, number>();
    byName.set(name, line.set(time, (line.get(time) ?? 0) + measure(row)));
  }
  const times = [...all].sort((a, b) => a - b);
  const total = (line: ReadonlyMap<number, number>): number =>
    Array.from(line.values()).reduce((a, b) => a + b, 0);
  const drawn = [...byName].sort(([, a], [, b]) => total(b) - total(a)).slice(0, MOST_LINES);
  return {
    kind: 'lines',
    times,
    lines: drawn.map(([name, line]) => ({ name, values: times.map((time) => line.get(time) ?? null) })),
    omitted: byName.size - drawn.length,
  };
};

/** Epoch seconds in UTC. Units that the report lacks are at their start. */
const timeReader = (columns: readonly Column[]) => {
  const indexes = ['year', 'month', 'day', 'hour', 'minute'].map((it) =>
    columns.findIndex(({ name }) => name === it),
  );
  return (row: Row): number => {
    const [year, month, day, hour, minute] = indexes.map((index) =>
      index === -1 ? undefined : Number(row[index]),
    );
    return Date.UTC(year ?? 1970, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0) / 1000;
  };
};

const histogram = (
  columns: readonly Column[],
  rows: readonly Row[],
  measure: (row: Row) => number,
): ChartModel => {
  const level = columns.findIndex(({ kind }) => kind === 'level');
  const counts = new Map<string, number>();
  for (const row of rows) {
    const at = String(row[level] ?? '');
    counts.set(at, (counts.get(at) ?? 0) + measure(row));
  }
  const ordered = [...counts].sort(([a], [b]) => Number.parseFloat(a) - Number.parseFloat(b));
  return { kind: 'histogram', levels: ordered.map(([at]) => at), counts: ordered.map(([, count]) => count) };
};

const bars = (
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  measure: (row: Row) => number,
): ChartModel => {
  const byName = new Map<string, number>();
  for (const row of rows) byName.set(nameOf(row), (byName.get(nameOf(row)) ?? 0) + measure(row));
  const ordered = [...byName].sort(([, a], [, b]) => b - a);
  return {
    kind: 'bars',
    bars: ordered.slice(0, MOST_BARS).map(([name, value]) => ({ name, value })),
    omitted: Math.max(0, ordered.length - MOST_BARS),
  };
};
