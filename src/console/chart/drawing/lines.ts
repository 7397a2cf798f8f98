import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { exact, short } from '../../base/format.ts';
import { lackText } from '../../report/completeness.ts';
import { readable } from '../../report/dimensions.ts';
import type { Grouped } from '../../report/grouping.ts';
import { unitOf } from '../../report/metrics.ts';
import { periodName, zoneLabel } from '../../report/periods.ts';
import type { ChartModel } from '../model/chart-model.ts';
import { seriesColours } from '../model/series-colours.ts';
import { stacked } from '../model/stacking.ts';
import { Key } from '../plot/key.ts';
import { Plot } from '../plot/plot.ts';
import type { PlotSeries } from '../plot/plot-props.ts';
import type { Compared, DrawingProps } from './drawing-props.ts';
import { omittedNote } from './omitted-note.ts';

/** More lines with a shadow each are a tangle. */
const MOST_SHADOWS = 4;

/** Lines over time, or areas on each other. */
export const Lines = (props: DrawingProps & { model: Extract<ChartModel, { kind: 'lines' }> }) => {
  const { look, model, metric, zone, chart, isAll } = props;
  const { unit, times, stacking } = model;
  const series = useMemo(() => plotSeries(props), [model, props.compared]);
  const name = isAll ? 'Figures' : readable(metric);
  const isShare = stacking === 'share';
  const lines = series.filter(({ before }) => before !== true);
  const count = `${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`;
  return h(
    'div',
    {},
    h(Plot, {
      label: `${name} over time, ${count}; the table below has the figures`,
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
