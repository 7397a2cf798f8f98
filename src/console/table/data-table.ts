import { h } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { alike } from '../base/format.ts';
import type { Sort } from '../report/report-view.ts';
import { type Place, placeAfter } from './grid-keys.ts';
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

/** As in `table.css`. */
const ROW_HEIGHT = 34;
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

/** What makes a cell one that arrows reach, and the one that Tab does. */
interface Stop {
  readonly tabIndex: number;
  readonly 'data-cell': string;
}

interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** The rows in the page: from the first to before the end. */
  readonly first: number;
  readonly end: number;
}

/** Where the focus is in the grid, and where keys take it. Row 0 is the head, which is always in the page. */
const useGridFocus = (place: { current: HTMLDivElement | null }, extent: Extent) => {
  const { rows, columns, first, end } = extent;
  const [active, setActive] = useState<Place>({ row: 0, column: 0 });
  const moving = useRef(false);
  const focused = useRef<HTMLElement | undefined>(undefined);
  const isThere = active.row > first && active.row <= end;
  const stop: Place = { row: isThere ? active.row : 0, column: Math.min(active.column, columns - 1) };
  useLayoutEffect(() => {
    // A cell that had the focus may have gone with its row or column.
    const isLost = focused.current?.isConnected === false && document.activeElement === document.body;
    if (!moving.current && !isLost) return;
    const { row, column } = moving.current ? active : stop;
    const cell = place.current?.querySelector<HTMLElement>(`[data-cell="${row}:${column}"]`);
    if (cell === null || cell === undefined) return;
    moving.current = false;
    cell.focus();
  });
  const bringIntoSight = (row: number): void => {
    const scroll = place.current;
    if (scroll === null || row === 0) return;
    const top = (row - 1) * ROW_HEIGHT;
    const room = scroll.clientHeight - 2 * ROW_HEIGHT;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top > scroll.scrollTop + room - ROW_HEIGHT) scroll.scrollTop = top - room + ROW_HEIGHT;
  };
  return {
    stopAt: (row: number, column: number): Stop => ({
      tabIndex: row === stop.row && column === stop.column ? 0 : -1,
      'data-cell': `${row}:${column}`,
    }),
    onKeyDown: (event: KeyboardEvent): void => {
      const next = placeAfter(event.key, active, rows, columns);
      if (next === undefined) return;
      event.preventDefault();
      moving.current = true;
      bringIntoSight(next.row);
      setActive(next);
    },
    onFocusIn: ({ target }: FocusEvent): void => {
      if (!(target instanceof HTMLElement)) return;
      focused.current = target;
      const [row, column] = target.dataset['cell']?.split(':') ?? [];
      if (row !== undefined && column !== undefined) setActive({ row: Number(row), column: Number(column) });
    },
  };
};

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
