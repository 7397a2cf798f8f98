import { h } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { exact, change as inPercent, short } from '../base/format.ts';
import { beside } from '../report/comparison.ts';
import { lackText } from '../report/completeness.ts';
import { inSentence, plural, readable } from '../report/dimensions.ts';
import { type Grouped, groupReport, together, totalOf } from '../report/grouping.ts';
import type { Look } from '../report/look.ts';
import { aboutMetric, unitOf, whyNotAdded } from '../report/metrics.ts';
import { periodName, zoneLabel } from '../report/periods.ts';
import { boundsText } from '../report/ranges.ts';
import { ALL_METRICS, type ChangeView } from '../report/report-view.ts';
import { type Bar, Bars } from './bars.ts';
import { ChartControls } from './chart-controls.ts';
import {
  type ChartInput,
  type ChartModel,
  chartedMetrics,
  chartModel,
  groupedFor,
  totalText,
} from './chart-model.ts';
import { Downloads } from './downloads.ts';
import { Key } from './key.ts';
import { keyFigures } from './key-figures.ts';
import { Heat } from './matrix.ts';
import { Plot, type PlotSeries } from './plot.ts';
import { seriesColours } from './series-colours.ts';
import { stacked } from './stacking.ts';

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
    h(ChartControls, { look, grouped, model, metric, change }),
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

interface Compared {
  /** For each group of what is shown. */
  readonly groups: readonly (readonly (number | null)[])[];
  readonly all: readonly (number | null)[] | undefined;
}

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

interface DrawingProps {
  readonly look: Look;
  readonly model: ChartModel;
  readonly metric: string;
  readonly zone: string;
  readonly grouped: Grouped;
  readonly compared: Compared | undefined;
  readonly chart: { current: uPlot | undefined };
  readonly isAll: boolean;
  readonly change: ChangeView;
}

const Drawing = (props: DrawingProps) => {
  const { model, metric, look, change } = props;
  const unit = unitOf(metric);
  switch (model.kind) {
    case 'lines':
      return h(Lines, { ...props, model });
    case 'bars':
      return h(
        'div',
        {},
        h(Bars, { bars: barsOf(model, props), unit, change: inPercent }),
        props.compared !== undefined && h('p', { class: 'muted' }, 'Thin and grey: the period before.'),
        omittedNote(model.omitted, 'bars'),
      );
    case 'matrix':
      return h(Heat, {
        matrix: model.matrix,
        label: `${readable(metric)}: ${model.matrix.down} by ${model.matrix.across}`,
      });
    case 'figure':
      return h('p', { class: 'figure' }, model.value === null ? '–' : exact(model.value));
    case 'unaddable':
      return h(Unaddable, { dimensions: model.dimensions, metric, look, change });
    case 'nothing':
      return h('p', { class: 'muted empty' }, 'No rows in this range.');
  }
};

/** Says what is not added up, and offers what can be shown instead. */
const Unaddable = (props: {
  dimensions: readonly string[];
  metric: string;
  look: Look;
  change: ChangeView;
}) => {
  const { dimensions, metric, look, change } = props;
  const by = [...(look.view.by ?? []), ...dimensions];
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, whyNotAdded(metric, dimensions.map(plural).join(' and '))),
    h(
      'button',
      { type: 'button', onClick: () => change(() => ({ by })) },
      `Group by ${by.map(inSentence).join(' and ')}`,
    ),
  );
};

/** More lines with a shadow each are a tangle. */
const MOST_SHADOWS = 4;

const Lines = (props: DrawingProps & { model: Extract<ChartModel, { kind: 'lines' }> }) => {
  const { look, model, metric, zone, chart, isAll } = props;
  const { unit, times, stacking } = model;
  const series = useMemo(() => plotSeries(props), [model, props.compared]);
  const name = isAll ? 'Figures' : readable(metric);
  const isShare = stacking === 'share';
  const lines = series.filter(({ before }) => before !== true);
  return h(
    'div',
    {},
    h(Plot, {
      label: `${name} over time, ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}; the table below has the figures`,
      times,
      series,
      isStacked: stacking !== 'none',
      full: exact,
      short: isShare ? (value) => `${Math.round(value * 100)} %` : short,
      ...(isShare ? { most: 1 } : {}),
      unit,
      across: `${readable(unit)} (${zoneLabel(zone)})`,
      up: isShare ? 'share' : isAll ? 'count' : unitOf(metric),
      height: 320,
      timeName: (time) => periodName(time, unit),
      incomplete: new Set(look.incomplete.keys()),
      onChart: (it) => {
        chart.current = it;
      },
    }),
    lines.length > 1 && h(Key, { lines }),
    series.some(({ before }) => before) && h('p', { class: 'muted' }, 'Dotted: the period before.'),
    omittedNote(model.omitted, 'lines'),
    [...look.incomplete.values()].map((lack) =>
      h('p', { class: 'muted lack', key: lack }, lackText(lack, unit)),
    ),
  );
};

const plotSeries = ({ model, compared, grouped, isAll }: DrawingProps): readonly PlotSeries[] => {
  if (model.kind !== 'lines') return [];
  const colours = seriesColours(model.series);
  const { stacking } = model;
  const edges =
    stacking === 'none'
      ? undefined
      : stacked(
          model.series.map(({ figures }) => figures),
          stacking === 'share',
        ).edges;
  const lines = model.series.map(({ name, figures }, index): PlotSeries => {
    const colour = colours[index] ?? 0;
    const edge = edges?.[index];
    return {
      name,
      figures,
      colour,
      dashed: stacking === 'none' && colours.indexOf(colour) < index,
      ...(edge === undefined ? {} : { edges: edge }),
    };
  });
  if (compared === undefined || isAll || stacking === 'share') return lines;
  return [...lines, ...shadows(lines, compared, grouped, model)];
};

/** The same lines in the period before; of a stack its edge. */
const shadows = (
  lines: readonly PlotSeries[],
  { groups, all }: Compared,
  grouped: Grouped,
  { series, stacking }: Extract<ChartModel, { kind: 'lines' }>,
): readonly PlotSeries[] => {
  const shadow = { dashed: true, before: true } as const;
  if (stacking === 'stacked') {
    return all === undefined ? [] : [{ ...shadow, name: 'The period before', figures: all, colour: 'muted' }];
  }
  if (lines.length > MOST_SHADOWS) return [];
  return lines.map((line, index) => {
    const place = grouped.groups.findIndex(({ figures }) => figures === series[index]?.figures);
    return { ...shadow, name: line.name, figures: groups[place] ?? [], colour: line.colour };
  });
};

const barsOf = (
  model: Extract<ChartModel, { kind: 'bars' }>,
  { compared, grouped, look }: DrawingProps,
): readonly Bar[] => {
  const colours = seriesColours(model.series);
  return model.series.map(({ name, total, figures }, index) => {
    const colour = colours[index] ?? 0;
    const place = grouped.groups.findIndex((group) => group.figures === figures);
    const before = place === -1 ? undefined : compared?.groups[place];
    const isWhole = (at: number): boolean => !look.incomplete.has(grouped.times[at] ?? 0);
    return {
      name,
      value: total,
      colour: colour === 'muted' ? 0 : colour,
      before: before === undefined ? undefined : totalOf(before, model.total, isWhole),
    };
  });
};

const omittedNote = (omitted: number, what: string) =>
  omitted > 0 &&
  h('p', { class: 'muted' }, `${exact(omitted)} more ${what} with less are in the table only.`);
