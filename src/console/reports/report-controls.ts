import { h } from 'preact';
import { Menu } from '../base/menu.ts';
import { SelectField } from '../base/select-field.ts';
import { NARROW, useMedia } from '../base/use-media.ts';
import {
  granularityOf,
  metricsOf,
  readable,
  TIME_DIMENSIONS,
  type TimeDimension,
  withGranularity,
} from '../report/dimensions.ts';
import type { WallTime } from '../report/periods.ts';
import type { Report } from '../report/report-answer.ts';
import type { ChangeView, Filter, ReportView } from '../report/report-view.ts';
import { FilterChips, FilterMenu } from './filter-fields.ts';
import { RangeFields } from './range-fields.ts';

export interface ReportControlsProps {
  readonly view: ReportView;
  readonly report: Report | undefined;
  /** In the zone of the report. */
  readonly now: WallTime;
  readonly change: ChangeView;
  readonly addFilter: (filter: Filter) => void;
}

const LIMITS = [100, 1000, 10_000, 100_000] as const;

/** What is asked: granularity, range, rows, metrics and filters. Every change is a new address. */
export const ReportControls = ({ view, report, now, change, addFilter }: ReportControlsProps) => {
  const isNarrow = useMedia(NARROW);
  const fields = h(Fields, { view, report, now, change, addFilter });
  return h(
    'section',
    { class: 'controls card', 'aria-label': 'What to ask' },
    // A phone shows the answer first.
    isNarrow ? h('details', {}, h('summary', {}, 'Range, metrics, filters'), fields) : fields,
    view.filters.length > 0 && h(FilterChips, { view, change }),
  );
};

const Fields = ({ view, report, now, change, addFilter }: ReportControlsProps) => {
  const granularity = granularityOf(view.path);
  return h(
    'div',
    { class: 'fields' },
    h(RangeFields, { view, now, change }),
    granularity !== undefined &&
      h(SelectField<TimeDimension>, {
        label: 'Granularity',
        value: granularity,
        options: TIME_DIMENSIONS.map((it) => [it, readable(it)] as const),
        onChoose: (it) => change(({ path }) => ({ path: withGranularity(path, it), sort: undefined })),
      }),
    h(MetricsMenu, { view, report, change }),
    h(SelectField, {
      label: 'Rows',
      value: String(view.limit ?? ''),
      options: [
        ['', 'As the API decides'],
        ...[...new Set([...LIMITS, ...(view.limit === undefined ? [] : [view.limit])])].map(
          (it) => [String(it), `Up to ${it.toLocaleString('en')}`] as const,
        ),
      ],
      onChoose: (it) => change(() => ({ limit: it === '' ? undefined : Number(it) })),
    }),
    h(FilterMenu, { view, report, change, addFilter }),
  );
};

const MetricsMenu = ({ view, report, change }: Pick<ReportControlsProps, 'view' | 'report' | 'change'>) => {
  const { metrics } = view;
  const there = report?.columns.flatMap(({ name, kind }) => (kind === 'metric' ? [name] : [])) ?? [];
  const known =
    there.some((it) => metricsOf(view.path).includes(it)) || there.length === 0 ? metricsOf(view.path) : [];
  const all = [...new Set([...known, ...there, ...metrics])];
  const toggle = (metric: string): void =>
    change(({ metrics: last }) => ({
      metrics: last.includes(metric) ? last.filter((it) => it !== metric) : [...last, metric],
    }));
  return h(
    Menu,
    { label: 'Metrics', chosen: metrics.length === 0 ? 'As the API decides' : `${metrics.length} chosen` },
    h(
      'ul',
      { class: 'choices wide' },
      all.map((metric) =>
        h(
          'li',
          { key: metric },
          h(
            'label',
            {},
            h('input', {
              type: 'checkbox',
              checked: metrics.includes(metric),
              onChange: () => toggle(metric),
            }),
            readable(metric),
          ),
        ),
      ),
    ),
    h(
      'button',
      { type: 'button', onClick: () => change(() => ({ metrics: [] })), disabled: metrics.length === 0 },
      'As the API decides',
    ),
  );
};
