import { h } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { NARROW, useMedia } from '../base/use-media.ts';
import { beside } from '../report/comparison.ts';
import { inSentence, readable } from '../report/dimensions.ts';
import { type Grouped, groupReport, together } from '../report/grouping.ts';
import type { Look } from '../report/look.ts';
import { aboutMetric } from '../report/metrics.ts';
import { zoneLabel } from '../report/periods.ts';
import { boundsText } from '../report/ranges.ts';
import { ALL_METRICS, type ChangeView } from '../report/report-view.ts';
import { ChartControls } from './chart-controls.ts';
import { Downloads } from './downloads.ts';
import { Drawing } from './drawing/drawing.ts';
import type { Compared } from './drawing/drawing-props.ts';
import { keyFigures } from './key-figures.ts';
import { type ChartInput, chartedMetrics, chartModel, groupedFor, totalText } from './model/chart-model.ts';

export interface ReportChartProps {
  readonly look: Look;
  /** The period before, if it is compared with and there. */
  readonly before: Look | undefined;
  readonly zone: string;
  readonly change: ChangeView;
}

/** One metric of the report, drawn. */
export const ReportChart = ({ look, before, zone, change }: ReportChartProps) => {
  const { report, view, unit, bounds } = look;
  const metrics = chartedMetrics(report, view);
  const metric = metrics[0] ?? '';
  const input = useMemo(() => inputOf(look, metric), [look, metric]);
  const grouped = useMemo(() => groupedFor(input), [input]);
  const model = useMemo(() => chartModel(input, grouped), [input, grouped]);
  const compared = useMemo(
    () => (before === undefined ? undefined : compare(look, before, grouped)),
    [look, before, grouped],
  );
  const chart = useRef<uPlot | undefined>(undefined);
  const isNarrow = useMedia(NARROW);
  const controls = h(ChartControls, { look, grouped, model, metric, change });
  const isAll = view.charted === ALL_METRICS && metrics.length > 1;
  const named = isAll ? namesOf(metrics) : readable(metric);
  const by = grouped.by.map(inSentence).join(' and ');
  const title = by === '' || (isAll && model.kind !== 'matrix') ? named : `${named} by ${by}`;
  const text = [
    model.kind === 'bars' || model.kind === 'matrix' ? totalText(model.total, model.unit) : '',
    bounds === undefined ? '' : boundsText(bounds, unit, look.now),
    unit === undefined ? '' : zoneLabel(zone),
  ]
    .filter((it) => it !== '')
    .join(' · ');
  const figures =
    isAll || model.kind === 'unaddable' ? [] : keyFigures(grouped, input.isComplete, compared?.all);
  return h(
    'section',
    { class: 'card chart', 'aria-label': 'Chart' },
    h(
      'div',
      { class: 'head' },
      h('div', {}, h('h2', {}, title), h('p', { class: 'muted' }, text)),
      h(Downloads, { model, chart, title, text }),
    ),
    isNarrow ? h('details', {}, h('summary', {}, 'How to show it'), controls) : controls,
    !isAll && aboutMetric(metric) !== '' && h('p', { class: 'about muted' }, aboutMetric(metric)),
    figures.length > 0 &&
      h(
        'dl',
        { class: 'key-figures' },
        figures.map(({ name, value, note }) =>
          h(
            'div',
            { key: name },
            h('dt', {}, name),
            h('dd', {}, h('strong', {}, value), h('span', {}, note)),
          ),
        ),
      ),
    h(Drawing, { look, model, metric, zone, grouped, compared, chart, isAll, change }),
  );
};

const namesOf = (metrics: readonly string[]): string => {
  const [first = '', ...others] = metrics;
  return others.length > 2 ? 'All figures' : [readable(first), ...others.map(inSentence)].join(', ');
};

const inputOf = ({ report, view, isWhole, incomplete }: Look, metric: string): ChartInput => ({
  report,
  view,
  metric,
  isWhole,
  isComplete: (time) => !incomplete.has(time),
});

const compare = (look: Look, before: Look, grouped: Grouped): Compared | undefined => {
  if (look.bounds === undefined || before.bounds === undefined) return undefined;
  const then = groupReport(before.report, grouped.metric, grouped.by, before.isWhole);
  const starts = { now: look.bounds.start, before: before.bounds.start };
  const groups = beside(grouped, then, starts, before.isWhole);
  const twin = {
    ...grouped,
    groups: grouped.groups.map((group, at) => ({ ...group, figures: groups[at] ?? [] })),
  };
  return { groups, all: together(twin) };
};
