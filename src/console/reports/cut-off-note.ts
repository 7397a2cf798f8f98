import { h } from 'preact';
import { whole } from '../base/format.ts';
import type { ChangeView, ReportView } from '../report/report-view.ts';

/** What a page can hold; beyond there is the file. */
const MOST_ROWS = 100_000;

export interface CutOffNoteProps {
  readonly rows: number;
  readonly view: ReportView;
  readonly change: ChangeView;
  /** Of the whole report as CSV. */
  readonly csv: string;
}

/** Rows are missing: charts and totals are too small. Says so, and how to get all. */
export const CutOffNote = ({ rows, view, change, csv }: CutOffNoteProps) => {
  const next = rows < 10_000 ? 10_000 : MOST_ROWS;
  return h(
    'div',
    { class: 'limit', role: 'status' },
    h('p', {}, h('strong', {}, `Cut off at ${whole(rows)} rows. `), 'Charts and totals show those alone.'),
    rows < next && (view.limit ?? 0) < next
      ? h(
          'button',
          { type: 'button', onClick: () => change(() => ({ limit: next })) },
          `Get up to ${whole(next)}`,
        )
      : h('a', { class: 'button', href: csv, download: '' }, 'Get all as CSV'),
  );
};
