import { h } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { readable } from './dimensions.ts';
import { whole } from './format.ts';
import type { Column, Report, Row } from './report-answer.ts';
import type { ChangeView, Filter, ReportView } from './report-view.ts';
import { rowWindow } from './row-window.ts';
import { sortedRows } from './sorted-rows.ts';

export interface ReportTableProps {
  readonly view: ReportView;
  readonly report: Report;
  readonly change: ChangeView;
  readonly addFilter: (filter: Filter) => void;
}

/** As in `table.css`. */
const ROW_HEIGHT = 34;
/** More than any screen shows of the table. */
const VISIBLE_HEIGHT = 900;

/** The rows of a report. Only those in sight are in the page, so thousands scroll and sort without a stutter. */
export const ReportTable = ({ view, report, change, addFilter }: ReportTableProps) => {
  const { columns } = report;
  const { sort } = view;
  const sortedBy = columns.findIndex(({ name }) => name === sort?.column);
  const rows = useMemo(
    () => sortedRows(report.rows, sortedBy, sort?.descending ?? false),
    [report, sortedBy, sort?.descending],
  );
  const [scrolled, setScrolled] = useState(0);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.scrollTo(0, 0);
  }, [report]);
  if (rows.length === 0) return null;
  const { first, end, above, below } = rowWindow(rows.length, ROW_HEIGHT, scrolled, VISIBLE_HEIGHT);
  const sortBy = ({ name, kind }: Column): void =>
    change(({ sort: last }) => {
      const descending = last?.column === name ? !last.descending : kind === 'metric';
      return { sort: { column: name, descending } };
    });
  return h(
    'section',
    { class: 'card table', 'aria-label': 'Rows' },
    h(
      'div',
      {
        class: 'scroll',
        ref: place,
        tabIndex: 0,
        role: 'region',
        'aria-label': `Table of ${whole(rows.length)} rows`,
        onScroll: (event: Event) => {
          if (event.currentTarget instanceof HTMLElement) setScrolled(event.currentTarget.scrollTop);
        },
      },
      h(
        'table',
        { 'aria-rowcount': rows.length + 1 },
        h(
          'thead',
          {},
          h(
            'tr',
            { 'aria-rowindex': 1 },
            columns.map((column, index) =>
              h(HeadCell, {
                key: column.name,
                column,
                direction: index === sortedBy ? directionOf(sort?.descending) : undefined,
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
              columns.map((column, at) => cell(column, row, at, addFilter)),
            ),
          ),
          spacer('below', below, columns.length),
        ),
      ),
    ),
  );
};

type Direction = 'ascending' | 'descending';

const directionOf = (descending: boolean | undefined): Direction =>
  descending === true ? 'descending' : 'ascending';

const HeadCell = ({
  column,
  direction,
  onSort,
}: {
  column: Column;
  direction: Direction | undefined;
  onSort: () => void;
}) =>
  h(
    'th',
    { scope: 'col', class: column.kind, 'aria-sort': direction },
    h(
      'button',
      { type: 'button', onClick: onSort },
      readable(column.name),
      h(
        'span',
        { class: 'arrow', 'aria-hidden': true },
        direction === undefined ? '' : direction === 'descending' ? ' ↓' : ' ↑',
      ),
    ),
  );

const cell = (column: Column, row: Row, at: number, addFilter: (filter: Filter) => void) => {
  const value = row[at] ?? '';
  if (column.kind === 'dimension') {
    const text = String(value);
    return h(
      'td',
      { key: at, class: column.kind },
      h(
        'button',
        {
          type: 'button',
          title: `Only where ${readable(column.name)} is ${text}`,
          onClick: () => addFilter({ dimension: column.name, operator: '=', value: text }),
        },
        text,
      ),
    );
  }
  return h('td', { key: at, class: column.kind }, typeof value === 'number' ? whole(value) : value);
};

const spacer = (key: string, height: number, span: number) =>
  height > 0 &&
  h(
    'tr',
    { key, class: 'spacer', 'aria-hidden': true },
    h('td', { colSpan: span, style: { height: `${height}px` } }),
  );
