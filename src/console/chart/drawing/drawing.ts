import { h } from 'preact';
import { exact, change as inPercent } from '../../base/format.ts';
import { inSentence, plural, readable } from '../../report/dimensions.ts';
import { totalOf } from '../../report/grouping.ts';
import type { Look } from '../../report/look.ts';
import { unitOf, whyNotAdded } from '../../report/metrics.ts';
import type { ChangeView } from '../../report/report-view.ts';
import type { ChartModel } from '../model/chart-model.ts';
import { seriesColours } from '../model/series-colours.ts';
import { type Bar, Bars } from './bars.ts';
import type { DrawingProps } from './drawing-props.ts';
import { Lines } from './lines.ts';
import { Heat } from './matrix.ts';
import { omittedNote } from './omitted-note.ts';

/** The chart itself, in the shape that was chosen. */
export const Drawing = (props: DrawingProps) => {
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
