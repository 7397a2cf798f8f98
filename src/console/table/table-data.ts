import { change } from '../base/format.ts';
import { totalText } from '../chart/model/chart-model.ts';
import { readable } from '../report/dimensions.ts';
import { type Grouped, groupChoices, groupReport, together, totalOf, varying } from '../report/grouping.ts';
import type { Look } from '../report/look.ts';
import { type Total, totalFor } from '../report/metrics.ts';
import { periodText } from '../report/periods.ts';
import { timeReader } from '../report/report-answer.ts';
import type { TableColumn } from './data-table.ts';
import type { Cell } from './sorted-rows.ts';

export interface TableData {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
  readonly footer?: readonly Cell[] | undefined;
}

/** What the period of a row is sorted by. */
export const PERIOD = 'period';

/** Every row as it came; its time in one column. */
export const rowsData = ({ report, unit }: Look): TableData => {
  const { columns, rows } = report;
  const others = columns.flatMap((column, index) => (column.kind === 'time' ? [] : [{ column, index }]));
  const timeOf = timeReader(columns);
  const period: readonly TableColumn[] =
    unit === undefined ? [] : [{ name: PERIOD, title: readable(unit), kind: 'time' }];
  return {
    columns: [
      ...period,
      ...others.map(({ column }): TableColumn => ({ ...column, title: readable(column.name) })),
    ],
    rows: rows.map((row) => [
      ...(unit === undefined ? [] : [periodText(timeOf(row), unit)]),
      ...others.map(({ index }) => row[index] ?? null),
    ]),
  };
};

/** The totals of one metric. */
interface Part {
  readonly grouped: Grouped;
  readonly total: Total;
  /** By the values of the group. */
  readonly figures: ReadonlyMap<string, number | null>;
  readonly all: number | null;
}

const partOf = (look: Look, metric: string, by: readonly string[]): Part => {
  const { report, view, isWhole, incomplete } = look;
  const grouped = groupReport(report, metric, by, isWhole);
  const total = totalFor(metric, view.total);
  const wholeAt = (index: number): boolean => !incomplete.has(grouped.times[index] ?? 0);
  const figures = new Map(
    grouped.groups.map(({ values, figures: each }) => [
      values.join(SEPARATOR),
      totalOf(each, total, wholeAt),
    ]),
  );
  return { grouped, total, figures, all: totalOf(together(grouped) ?? [], total, wholeAt) };
};

/**
 * A row for each group, with one figure for all periods of each metric.
 * @param compared the metric whose figures of the period before stand beside, and that period
 */
export const totalsData = (
  look: Look,
  compared?: { readonly metric: string; readonly before: Look } | undefined,
): TableData => {
  const { report, view, unit } = look;
  const by = view.by ?? varying(report);
  const known = groupChoices(report).filter((it) => by.includes(it));
  const metrics = report.columns.flatMap(({ name, kind }) => (kind === 'metric' ? [name] : []));
  const parts = metrics.map((metric) => partOf(look, metric, known));
  const before = compared && partOf(compared.before, compared.metric, known);
  const now = parts[metrics.indexOf(compared?.metric ?? '')];
  const keys = keysOf(parts.map(({ grouped }) => grouped));
  const isSummed = keys.length > 1 && known.length > 0 && parts.some(({ all }) => all !== null);
  return {
    columns: [
      ...known.map((name): TableColumn => ({ name, title: readable(name), kind: kindIn(look, name) })),
      ...metrics.map(
        (metric, index): TableColumn => ({
          name: metric,
          title: readable(metric),
          ...(unit === undefined ? {} : { note: totalText(parts[index]?.total ?? 'sum', unit) }),
          kind: 'metric',
        }),
      ),
      ...(before === undefined ? [] : BEFORE),
    ],
    rows: keys.map((values) => {
      const key = values.join(SEPARATOR);
      return [
        ...values,
        ...parts.map(({ figures }) => figures.get(key) ?? null),
        ...(before === undefined
          ? []
          : besides(now?.figures.get(key) ?? null, before.figures.get(key) ?? null)),
      ];
    }),
    footer: isSummed
      ? [
          ...known.map((_, index) => (index === 0 ? 'All' : '')),
          ...parts.map(({ all }) => all),
          ...(before === undefined ? [] : besides(now?.all ?? null, before.all)),
        ]
      : undefined,
  };
};

const BEFORE: readonly TableColumn[] = [
  { name: 'before', title: 'Before', kind: 'metric' },
  { name: 'change', title: 'Change', kind: 'metric' },
];

const besides = (now: number | null, before: number | null): readonly Cell[] => [
  before,
  now === null || before === null ? null : change(now, before),
];

const SEPARATOR = '\u0000';

const kindIn = ({ report }: Look, name: string): TableColumn['kind'] =>
  report.columns.find((it) => it.name === name)?.kind ?? 'dimension';

/** Metrics that cannot be added up have no groups; the others tell which there are. */
const keysOf = (all: readonly Grouped[]): readonly (readonly string[])[] =>
  (all.find(({ groups }) => groups.length > 0)?.groups ?? []).map(({ values }) => values);

/** For a phone: what it is and the figure that is drawn first, the rest after. */
export const narrowed = (data: TableData, metric: string): TableData => {
  const rank = ({ kind, name }: TableColumn): number => {
    if (kind === 'dimension' || kind === 'level') return 0;
    return name === metric ? 1 : kind === 'time' ? 2 : 3;
  };
  const order = data.columns
    .map((_, index) => index)
    .sort((a, b) => rankAt(data, a, rank) - rankAt(data, b, rank));
  const pick = (cells: readonly Cell[]): Cell[] => order.map((index) => cells[index] ?? null);
  return {
    columns: order.flatMap((index) => data.columns[index] ?? []),
    rows: data.rows.map(pick),
    footer: data.footer === undefined ? undefined : pick(data.footer),
  };
};

const rankAt = (data: TableData, index: number, rank: (column: TableColumn) => number): number => {
  const column = data.columns[index];
  return column === undefined ? 9 : rank(column);
};
