import { isLevelDimension, readable } from '../../report/dimensions.ts';
import { type Group, type Grouped, together } from '../../report/grouping.ts';

/** Figures by two things. */
export interface Matrix {
  /** What is in rows, and in columns. */
  readonly down: string;
  readonly across: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** For each row a figure for each column. */
  readonly figures: readonly (readonly (number | null)[])[];
}

/** More would have no room. */
const MOST_COLUMNS = 24;

/** Places of the rows, the largest first. */
export const orderBySize = (figures: readonly (readonly (number | null)[])[]): number[] => {
  const size = (row: number): number => (figures[row] ?? []).reduce((sum: number, it) => sum + (it ?? 0), 0);
  return figures.map((_, row) => row).sort((a, b) => size(b) - size(a));
};

/** @param figureOf one figure for all periods of a group */
export const matrixOf = (grouped: Grouped, figureOf: FigureOf): Matrix =>
  grouped.by.length === 0 ? clockMatrix(grouped) : crossMatrix(grouped, figureOf);

type FigureOf = (figures: Group['figures']) => number | null;

/** Days down, hours across. */
const clockMatrix = (grouped: Grouped): Matrix => {
  const figures = together(grouped) ?? [];
  const days = [...new Set(grouped.times.map((time) => Math.floor(time / 86_400_000)))];
  const cell = new Map(grouped.times.map((time, index) => [time / 3_600_000, figures[index] ?? null]));
  const name = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
  return {
    down: 'Day',
    across: 'Hour',
    rows: days.map((day) => name.format(day * 86_400_000)),
    columns: Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')),
    figures: days.map((day) => Array.from({ length: 24 }, (_, hour) => cell.get(day * 24 + hour) ?? null)),
  };
};

/** The level, or the last dimension, goes across; what is left goes down, the largest first. */
const crossMatrix = (grouped: Grouped, figureOf: FigureOf): Matrix => {
  const { by, groups } = grouped;
  const level = by.findIndex(isLevelDimension);
  const across = level === -1 ? by.length - 1 : level;
  const rows = new Map<string, Map<string, number | null>>();
  const sizes = new Map<string, number>();
  for (const { values, figures } of groups) {
    const row = values.filter((_, index) => index !== across).join(' · ');
    const column = values[across] ?? '';
    const figure = figureOf(figures);
    const cells = rows.get(row) ?? new Map<string, number | null>();
    rows.set(row, cells.set(column, figure));
    sizes.set(column, (sizes.get(column) ?? 0) + (figure ?? 0));
  }
  const columns =
    level === -1
      ? [...sizes].sort(([, a], [, b]) => b - a).map(([name]) => name)
      : [...sizes.keys()].sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
  const shown = columns.slice(0, MOST_COLUMNS);
  const names = [...rows.keys()];
  const figures = names.map((row) => shown.map((column) => rows.get(row)?.get(column) ?? null));
  const order = orderBySize(figures);
  const down = by.filter((_, index) => index !== across);
  return {
    down: down.map(readable).join(', '),
    across: readable(by[across] ?? ''),
    rows: order.map((row) => names[row] ?? ''),
    columns: shown,
    figures: order.map((row) => figures[row] ?? []),
  };
};
