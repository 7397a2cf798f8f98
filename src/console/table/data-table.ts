import { h } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { alike } from '../base/format.ts';
import type { Sort } from '../report/report-view.ts';
import { ROW_HEIGHT, type Stop, useGridFocus } from './grid-focus.ts';
import { rowWindow } from './row-window.ts';
import { type Cell, sortedRows } from './sorted-rows.ts';

export interface TableColumn {
  /** What it is sorted by. */
  readonly name: string;
  readonly title: string;
  /** How its figures came about. */
  readonly note?: string;
  readonly kind: 'time' | 'level' | 'dimension' | 'metric';
}

export interface DataTableProps {
  readonly label: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
  /** All rows together. */
  readonly footer?: readonly Cell[] | undefined;
  readonly sort: Sort | undefined;
  readonly onSort: (sort: Sort) => void;
  /** A value of a dimension was chosen. */
  readonly onPick: (dimension: string, value: string) => void;
}

/** More than any screen shows of the table. */
const VISIBLE_HEIGHT = 900;

/**
 * Rows in a grid: one stop for the Tab key, arrows from cell to cell (WAI-ARIA's grid pattern). Only the rows in sight
 * are in the page, so thousands scroll and sort without a stutter.
 */
export const DataTable = (props: DataTableProps) => {
  const { columns, sort, onSort, label } = props;
  const sortedBy = columns.findIndex(({ name }) => name === sort?.column);
  const rows = useMemo(
    () => sortedRows(props.rows, sortedBy, sort?.descending ?? false),
    [props.rows, sortedBy, sort?.descending],
  );
  const [scrolled, setScrolled] = useState(0);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.scrollTo(0, 0);
  }, [props.rows]);
  const formats = useMemo(
    () => columns.map((_, at) => alike(figuresOf(props.rows, at))),
    [props.rows, columns],
  );
  const { first, end, above, below } = rowWindow(rows.length, ROW_HEIGHT, scrolled, VISIBLE_HEIGHT);
  const grid = useGridFocus(place, { rows: rows.length, columns: columns.length, first, end });
  const sortBy = ({ name, kind }: TableColumn): void =>
    onSort({ column: name, descending: sort?.column === name ? !sort.descending : kind === 'metric' });
  return h(
    'div',
    {
      class: 'scroll',
      ref: place,
      onScroll: (event: Event) => {
        if (event.currentTarget instanceof HTMLElement) setScrolled(event.currentTarget.scrollTop);
      },
      onKeyDown: grid.onKeyDown,
      onFocusIn: grid.onFocusIn,
    },
    h(
      'table',
      { role: 'grid', 'aria-label': label, 'aria-rowcount': rows.length + 1 },
      h(
        'thead',
        {},
        h(
          'tr',
          { 'aria-rowindex': 1 },
          columns.map((column, at) =>
            h(HeadCell, {
              key: column.name,
              column,
              direction: at === sortedBy ? directionOf(sort?.descending) : undefined,
              stop: grid.stopAt(0, at),
              onSort: () => sortBy(column),
            }),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        spacer('above', above, columns.length),
        rows.slice(first, end).map((row, index) =>
          h(
            'tr',
            { key: first + index, 'aria-rowindex': first + index + 2 },
            columns.map((column, at) =>
              bodyCell(
                column,
                textOf(row[at] ?? null, formats[at]),
                grid.stopAt(first + index + 1, at),
                props.onPick,
              ),
            ),
          ),
        ),
        spacer('below', below, columns.length),
      ),
      props.footer !== undefined && foot(props.footer, columns, formats),
    ),
  );
};

type Direction = 'ascending' | 'descending';

const directionOf = (descending: boolean | undefined): Direction =>
  descending === true ? 'descending' : 'ascending';

const HeadCell = (props: {
  column: TableColumn;
  direction: Direction | undefined;
  stop: Stop;
  onSort: () => void;
}) => {
  const { column, direction, stop, onSort } = props;
  return h(
    'th',
    { scope: 'col', class: column.kind, 'aria-sort': direction },
    h(
      'button',
      { type: 'button', ...stop, onClick: onSort },
      h('span', {}, column.title, column.note && h('span', { class: 'note' }, column.note)),
      h(
        'span',
        { class: 'arrow', 'aria-hidden': true },
        direction === undefined ? '' : direction === 'descending' ? ' ↓' : ' ↑',
      ),
    ),
  );
};

const bodyCell = (column: TableColumn, text: string, stop: Stop, onPick: DataTableProps['onPick']) => {
  const { name, kind, title } = column;
  if (kind !== 'dimension' && kind !== 'level') {
    return h('td', { key: name, class: kind, ...stop }, text);
  }
  return h(
    'td',
    { key: name, class: kind },
    h(
      'button',
      { type: 'button', ...stop, title: `Only where ${title} is ${text}`, onClick: () => onPick(name, text) },
      text,
    ),
  );
};

type Format = (value: number) => string;

const foot = (cells: readonly Cell[], columns: readonly TableColumn[], formats: readonly Format[]) =>
  h(
    'tfoot',
    {},
    h(
      'tr',
      {},
      columns.map(({ name, kind }, at) =>
        h('td', { key: name, class: kind }, textOf(cells[at] ?? null, formats[at])),
      ),
    ),
  );

const figuresOf = (rows: readonly (readonly Cell[])[], at: number): number[] =>
  rows.flatMap((row) => {
    const value = row[at];
    return typeof value === 'number' ? [value] : [];
  });

const textOf = (value: Cell, format: Format = String): string => {
  if (value === null) return '–';
  return typeof value === 'string' ? value : format(value);
};

const spacer = (key: string, height: number, span: number) =>
  height > 0 &&
  h(
    'tr',
    { key, class: 'spacer', 'aria-hidden': true },
    h('td', { colSpan: span, style: { height: `${height}px` } }),
  );
