import { h } from 'preact';
import { useState } from 'preact/hooks';
import {
  FILTER_DIMENSIONS,
  granularityOf,
  metricsOf,
  readable,
  TIME_DIMENSIONS,
  withGranularity,
} from './dimensions.ts';
import { fieldText } from './field-text.ts';
import type { Report } from './report-answer.ts';
import type { ChangeView, Filter, ReportView, TimeRange } from './report-view.ts';

export interface ReportControlsProps {
  readonly view: ReportView;
  readonly report: Report | undefined;
  readonly change: ChangeView;
  readonly addFilter: (filter: Filter) => void;
}

const DAY = 24;

const RANGES: readonly { readonly name: string; readonly hours: number }[] = [
  { name: 'Last 24 hours', hours: DAY },
  { name: 'Last 7 days', hours: 7 * DAY },
  { name: 'Last 30 days', hours: 30 * DAY },
  { name: 'Last 90 days', hours: 90 * DAY },
  { name: 'Last 12 months', hours: 365 * DAY },
];

const LIMITS = [100, 1000, 5000, 10_000] as const;

/** What is asked: granularity, range, rows, metrics and filters. Every change is a new address. */
export const ReportControls = ({ view, report, change, addFilter }: ReportControlsProps) =>
  h(
    'section',
    { class: 'controls card', 'aria-label': 'What to show' },
    h(
      'div',
      { class: 'fields' },
      h(GranularityField, { view, change }),
      h(RangeFields, { range: view.range, onRange: (range) => change(() => ({ range })) }),
      h(
        'label',
        { class: 'field' },
        'Rows',
        h(
          'select',
          {
            value: String(view.limit ?? ''),
            onChange: (event: Event) => {
              const limit = Number(fieldText(event)) || undefined;
              change(() => ({ limit }));
            },
          },
          h('option', { value: '' }, 'Default'),
          LIMITS.map((limit) =>
            h('option', { key: limit, value: String(limit) }, `Up to ${limit.toLocaleString('en')}`),
          ),
        ),
      ),
      h(MetricsField, { view, change }),
    ),
    h(FilterFields, { view, report, change, addFilter }),
  );

const GranularityField = ({ view, change }: Pick<ReportControlsProps, 'view' | 'change'>) => {
  const current = granularityOf(view.path);
  if (current === undefined) return null;
  return h(
    'label',
    { class: 'field' },
    'Granularity',
    h(
      'select',
      {
        value: current,
        onChange: (event: Event) => {
          const chosen = TIME_DIMENSIONS.find((it) => it === fieldText(event));
          if (chosen !== undefined) {
            change(({ path }) => ({ path: withGranularity(path, chosen), sort: undefined }));
          }
        },
      },
      TIME_DIMENSIONS.map((it) => h('option', { key: it, value: it }, readable(it))),
    ),
  );
};

const RangeFields = ({ range, onRange }: { range: TimeRange; onRange: (range: TimeRange) => void }) => {
  const choose = (chosen: string): void => {
    if (chosen === 'default') onRange({ kind: 'default' });
    else if (chosen === 'between') onRange({ kind: 'between', start: daysAgo(30), end: daysAgo(0) });
    else onRange({ kind: 'last', hours: Number(chosen) });
  };
  const dateField = (name: 'start' | 'end', label: string) =>
    range.kind === 'between' &&
    h(
      'label',
      { class: 'field' },
      label,
      h('input', {
        type: 'date',
        value: range[name].slice(0, 10),
        onChange: (event: Event) => onRange({ ...range, [name]: fieldText(event) }),
      }),
    );
  return [
    h(
      'label',
      { class: 'field', key: 'range' },
      'Range',
      h(
        'select',
        {
          value: range.kind === 'last' ? String(range.hours) : range.kind,
          onChange: (event: Event) => choose(fieldText(event)),
        },
        h('option', { value: 'default' }, 'Default'),
        RANGES.map(({ name, hours }) => h('option', { key: hours, value: String(hours) }, name)),
        h('option', { value: 'between' }, 'From … to …'),
      ),
    ),
    dateField('start', 'From'),
    dateField('end', 'To (exclusive)'),
  ];
};

const daysAgo = (days: number): string =>
  new Date(Date.now() - days * 24 * 3_600_000).toISOString().slice(0, 10);

const MetricsField = ({ view, change }: Pick<ReportControlsProps, 'view' | 'change'>) => {
  const { metrics } = view;
  const toggle = (metric: string): void =>
    change(({ metrics: last }) => ({
      metrics: last.includes(metric) ? last.filter((it) => it !== metric) : [...last, metric],
    }));
  return h(
    'details',
    { class: 'field metrics' },
    h(
      'summary',
      {},
      h('span', { class: 'label' }, 'Metrics'),
      h('span', { class: 'summary' }, metrics.length === 0 ? 'Default' : `${metrics.length} chosen`),
    ),
    h(
      'fieldset',
      {},
      h('legend', { class: 'hidden' }, 'Metrics'),
      metricsOf(view.path).map((metric) =>
        h(
          'label',
          { key: metric },
          h('input', { type: 'checkbox', checked: metrics.includes(metric), onChange: () => toggle(metric) }),
          readable(metric),
        ),
      ),
      h(
        'button',
        { type: 'button', onClick: () => change(() => ({ metrics: [] })), disabled: metrics.length === 0 },
        'Back to default',
      ),
    ),
  );
};

const FilterFields = ({ view, report, change, addFilter }: ReportControlsProps) => {
  const [dimension, setDimension] = useState<string>('mvpd');
  const [operator, setOperator] = useState<Filter['operator']>('=');
  const [value, setValue] = useState('');
  const known = knownValues(report, dimension);
  const add = (event: Event): void => {
    event.preventDefault();
    if (value === '') return;
    addFilter({ dimension, operator, value });
    setValue('');
  };
  const remove = (gone: Filter): void =>
    change(({ filters }) => ({ filters: filters.filter((it) => !isSame(it, gone)) }));
  return h(
    'form',
    { class: 'filters', onSubmit: add, 'aria-label': 'Filters' },
    h(
      'ul',
      { class: 'chips' },
      view.filters.map((filter, index) =>
        h(
          'li',
          { key: `${index}${filter.value}` },
          h(
            'button',
            {
              type: 'button',
              class: 'chip',
              onClick: () => remove(filter),
              'aria-label': `Remove the filter ${textOf(filter)}`,
            },
            textOf(filter),
            h('span', { 'aria-hidden': true }, ' ×'),
          ),
        ),
      ),
    ),
    h(
      'select',
      {
        'aria-label': 'Dimension to filter by',
        value: dimension,
        onChange: (event: Event) => setDimension(fieldText(event)),
      },
      FILTER_DIMENSIONS.map((it) => h('option', { key: it, value: it }, readable(it))),
    ),
    h(
      'select',
      {
        'aria-label': 'Comparison',
        value: operator,
        onChange: (event: Event) => setOperator(fieldText(event) === '!=' ? '!=' : '='),
      },
      h('option', { value: '=' }, 'is'),
      h('option', { value: '!=' }, 'is not'),
    ),
    h('input', {
      type: 'text',
      'aria-label': 'Value to filter by',
      placeholder: known[0] ?? 'value',
      list: 'known-values',
      spellcheck: false,
      value,
      onInput: (event: Event) => setValue(fieldText(event)),
    }),
    h(
      'datalist',
      { id: 'known-values' },
      known.map((it) => h('option', { key: it, value: it })),
    ),
    h('button', { type: 'submit', disabled: value === '' }, 'Add filter'),
  );
};

const isSame = (one: Filter, other: Filter): boolean =>
  one.dimension === other.dimension && one.operator === other.operator && one.value === other.value;

const textOf = ({ dimension, operator, value }: Filter): string =>
  `${readable(dimension)} ${operator === '=' ? 'is' : 'is not'} ${value}`;

const MOST_KNOWN = 200;

/** Values of a dimension that occur in the report. */
const knownValues = (report: Report | undefined, dimension: string): string[] => {
  const column = report?.columns.findIndex(({ name }) => name === dimension) ?? -1;
  if (report === undefined || column === -1) return [];
  return [...new Set(report.rows.map((row) => String(row[column])))].sort().slice(0, MOST_KNOWN);
};
