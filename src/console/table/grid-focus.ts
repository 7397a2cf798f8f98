import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Place, placeAfter } from './grid-keys.ts';

/** As in `table.css`. */
export const ROW_HEIGHT = 34;

/** What makes a cell one that arrows reach, and the one that Tab does. */
export interface Stop {
  readonly tabIndex: number;
  readonly 'data-cell': string;
}

export interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** The rows in the page: from the first to before the end. */
  readonly first: number;
  readonly end: number;
}

/** Where the focus is in the grid, and where keys take it. Row 0 is the head, which is always in the page. */
export const useGridFocus = (place: { current: HTMLDivElement | null }, extent: Extent) => {
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
