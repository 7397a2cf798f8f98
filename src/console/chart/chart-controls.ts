import { h } from 'preact';
import { Menu } from '../base/menu.ts';
import { Segments } from '../base/segments.ts';
import { SelectField } from '../base/select-field.ts';
import { readable } from '../report/dimensions.ts';
import { type Grouped, groupChoices } from '../report/grouping.ts';
import type { Look } from '../report/look.ts';
import { type Total, totalFor, totalsOf } from '../report/metrics.ts';
import { ALL_METRICS, type ChangeView, type Shape } from '../report/report-view.ts';
import { type ChartModel, shapesFor } from './model/chart-model.ts';

const SHAPE_NAMES: Readonly<Record<Shape, string>> = {
  lines: 'Lines',
  stacked: 'Stacked',
  share: 'Share',
  bars: 'Bars',
  matrix: 'Grid',
};

const TOTAL_NAMES: Readonly<Record<Total, string>> = { sum: 'Sum', mean: 'Mean', max: 'Max' };

export interface ChartControlsProps {
  readonly look: Look;
  readonly grouped: Grouped;
  readonly model: ChartModel;
  readonly metric: string;
  readonly change: ChangeView;
}

/** How chart and totals show what came. Nothing here asks Adobe again. */
export const ChartControls = ({ look, grouped, model, metric, change }: ChartControlsProps) => {
  const { report, view } = look;
  const metrics = report.columns.flatMap(({ name, kind }) => (kind === 'metric' ? [name] : []));
  const isAll = view.charted === ALL_METRICS && metrics.length > 1;
  const shapes: readonly Shape[] = isAll ? ['lines', 'bars', 'matrix'] : shapesFor(grouped);
  const shape = shapes.find((it) => it === view.shape) ?? shapes[0] ?? 'bars';
  const totals = totalsOf(metric);
  return h(
    'div',
    { class: 'chart-controls' },
    metrics.length > 1 &&
      h(SelectField, {
        label: 'Figure',
        value: isAll ? ALL_METRICS : metric,
        options: [...metrics.map((it) => [it, readable(it)] as const), [ALL_METRICS, 'All chosen'] as const],
        onChoose: (charted) => change(() => ({ charted })),
      }),
    h(GroupBy, { look, grouped, change }),
    grouped.unit !== undefined &&
      totals.length > 1 &&
      h(SelectField<Total>, {
        label: `Over ${grouped.unit}s`,
        value: totalFor(metric, view.total),
        options: totals.map((it) => [it, TOTAL_NAMES[it]] as const),
        onChoose: (total) => change(() => ({ total })),
      }),
    shapes.length > 1 &&
      model.kind !== 'unaddable' &&
      h(Segments<Shape>, {
        label: 'Show as',
        value: shape,
        options: shapes.map((it) => [it, SHAPE_NAMES[it]] as const),
        onChoose: (it) => change(() => ({ shape: it })),
      }),
  );
};

const GroupBy = ({ look, grouped, change }: Pick<ChartControlsProps, 'look' | 'grouped' | 'change'>) => {
  const all = groupChoices(look.report);
  if (all.length === 0) return null;
  const { by } = grouped;
  const toggle = (dimension: string): void => {
    const wanted = by.includes(dimension) ? by.filter((it) => it !== dimension) : [...by, dimension];
    change(() => ({ by: all.filter((it) => wanted.includes(it)) }));
  };
  return h(
    Menu,
    { label: 'Group by', chosen: by.length === 0 ? 'Nothing' : by.map(readable).join(', ') },
    h(
      'ul',
      { class: 'choices' },
      all.map((dimension) =>
        h(
          'li',
          { key: dimension },
          h(
            'label',
            {},
            h('input', {
              type: 'checkbox',
              checked: by.includes(dimension),
              onChange: () => toggle(dimension),
            }),
            readable(dimension),
          ),
        ),
      ),
    ),
  );
};
