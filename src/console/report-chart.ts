import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { type ChartModel, chartModel } from './chart-model.ts';
import { granularityOf, isUnfinished, readable, type TimeDimension } from './dimensions.ts';
import { fieldText } from './field-text.ts';
import { short, whole } from './format.ts';
import { Plot } from './plot.ts';
import type { Report } from './report-answer.ts';
import type { ChangeView, ReportView } from './report-view.ts';

export interface ReportChartProps {
  readonly view: ReportView;
  readonly report: Report;
  readonly change: ChangeView;
}

/** One metric of the report, drawn. */
export const ReportChart = ({ view, report, change }: ReportChartProps) => {
  const metrics = report.columns.flatMap(({ name, kind }) => (kind === 'metric' ? [name] : []));
  const metric = metrics.find((it) => it === view.charted) ?? metrics[0] ?? '';
  const chart = (charted: string): void => change(() => ({ charted }));
  const model = useMemo(() => chartModel(report, metric), [report, metric]);
  if (model.kind === 'nothing') return h('p', { class: 'card muted empty' }, 'No rows in this range.');
  return h(
    'section',
    { class: 'card chart', 'aria-label': 'Chart' },
    h(
      'div',
      { class: 'head' },
      h('h2', {}, readable(metric)),
      metrics.length > 1 &&
        h(
          'label',
          { class: 'inline' },
          h('span', { class: 'hidden' }, 'Metric to draw'),
          h(
            'select',
            { value: metric, onChange: (event: Event) => chart(fieldText(event)) },
            metrics.map((it) => h('option', { key: it, value: it }, readable(it))),
          ),
        ),
    ),
    h(Drawing, { model, metric, granularity: granularityOf(report.columns.map(({ name }) => name)) }),
  );
};

interface DrawingProps {
  readonly model: ChartModel;
  readonly metric: string;
  readonly granularity: TimeDimension | undefined;
}

const Drawing = ({ model, metric, granularity }: DrawingProps) => {
  const name = readable(metric);
  switch (model.kind) {
    case 'lines':
      return h(
        'div',
        {},
        h(Plot, {
          label: `${name} over time, ${model.lines.length} ${model.lines.length === 1 ? 'line' : 'lines'}; the table below has the figures`,
          xs: model.times,
          lines: model.lines.map((line, colour) => ({
            name: line.name === '' ? name : line.name,
            values: line.values,
            colour,
            filled: model.lines.length === 1,
          })),
          format: short,
          height: 280,
        }),
        omittedNote(model.omitted, 'lines'),
        unfinishedNote(model.times.at(-1), granularity),
      );
    case 'histogram':
      return h(Plot, {
        label: `${name} by level, ${model.levels.length} levels; the table below has the figures`,
        xs: model.levels.map((_, position) => position),
        lines: [{ name, values: model.counts, colour: 0 }],
        categories: model.levels,
        format: short,
        height: 280,
      });
    case 'bars':
      return h('div', {}, h(Bars, { bars: model.bars }), omittedNote(model.omitted, 'bars'));
    case 'figure':
      return h('p', { class: 'figure' }, whole(model.value));
    case 'nothing':
      return null;
  }
};

const omittedNote = (omitted: number, what: string) =>
  omitted > 0 &&
  h('p', { class: 'muted' }, `${whole(omitted)} more ${what} with less are in the table only.`);

/** Or the last point looks like a collapse. */
const unfinishedNote = (last: number | undefined, granularity: TimeDimension | undefined) =>
  last !== undefined &&
  granularity !== undefined &&
  isUnfinished(last, granularity, Date.now()) &&
  h('p', { class: 'muted' }, `The last ${granularity} is not over: its figures will grow.`);

const Bars = ({ bars }: { bars: readonly { readonly name: string; readonly value: number }[] }) => {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return h(
    'ul',
    { class: 'bars' },
    bars.map(({ name, value }) =>
      h(
        'li',
        { key: name },
        h('span', { class: 'name', title: name }, name),
        h(
          'span',
          { class: 'bar', 'aria-hidden': true },
          h('span', { style: { width: `${(value / most) * 100}%` } }),
        ),
        h('span', { class: 'value' }, short(value)),
      ),
    ),
  );
};
