import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { whole } from '../base/format.ts';
import { Segments } from '../base/segments.ts';
import { NARROW, useMedia } from '../base/use-media.ts';
import { chartedMetrics } from '../chart/model/chart-model.ts';
import type { Look } from '../report/look.ts';
import type { ChangeView, Filter } from '../report/report-view.ts';
import { DataTable } from './data-table.ts';
import { narrowed, rowsData, totalsData } from './table-data.ts';

export interface ReportTableProps {
  readonly look: Look;
  /** The period before, if it is compared with and there. */
  readonly before: Look | undefined;
  readonly change: ChangeView;
  readonly addFilter: (filter: Filter) => void;
}

/** The figures: as totals by what is grouped by, or row by row as they came. */
export const ReportTable = ({ look, before, change, addFilter }: ReportTableProps) => {
  const { report, view } = look;
  const isNarrow = useMedia(NARROW);
  const [metric = ''] = chartedMetrics(report, view);
  const data = useMemo(() => {
    const all = view.rows ? rowsData(look) : totalsData(look, before && { metric, before });
    return isNarrow ? narrowed(all, metric) : all;
  }, [look, before, view.rows, isNarrow, metric]);
  if (report.rows.length === 0) return null;
  const count = `${whole(data.rows.length)} ${data.rows.length === 1 ? 'row' : 'rows'}`;
  return h(
    'section',
    { class: 'card table', 'aria-label': 'Table' },
    h(
      'div',
      { class: 'head' },
      h('h2', {}, view.rows ? 'Every row' : 'Totals', h('span', { class: 'note' }, ` ${count}`)),
      h(Segments<'totals' | 'rows'>, {
        label: 'Table',
        value: view.rows ? 'rows' : 'totals',
        options: [
          ['totals', 'Totals'],
          ['rows', 'Every row'],
        ],
        onChoose: (it) => change(() => ({ rows: it === 'rows', sort: undefined })),
      }),
    ),
    h(DataTable, {
      ...data,
      label: `Table of ${count}`,
      sort: view.sort ?? (view.rows ? undefined : { column: metric, descending: true }),
      onSort: (sort) => change(() => ({ sort })),
      onPick: (dimension, value) => addFilter({ dimension, operator: '=', value }),
    }),
  );
};
