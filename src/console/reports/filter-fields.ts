import { h } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { fieldText } from '../base/field-text.ts';
import { Menu } from '../base/menu.ts';
import { FILTER_DIMENSIONS, readable } from '../report/dimensions.ts';
import { groupable, valuesOf } from '../report/grouping.ts';
import type { Report } from '../report/report-answer.ts';
import type { ChangeView, Filter, ReportView } from '../report/report-view.ts';

export interface FilterFieldsProps {
  readonly view: ReportView;
  readonly report: Report | undefined;
  readonly change: ChangeView;
  readonly addFilter: (filter: Filter) => void;
}

const MOST_KNOWN = 200;

/** One more filter. */
export const FilterMenu = ({ view, report, addFilter }: FilterFieldsProps) => {
  const dimensions = [...new Set([...(report === undefined ? [] : groupable(report)), ...FILTER_DIMENSIONS])];
  const [chosen, setDimension] = useState<string>('mvpd');
  const dimension = dimensions.includes(chosen) ? chosen : (dimensions[0] ?? 'mvpd');
  const [operator, setOperator] = useState<Filter['operator']>('=');
  const [value, setValue] = useState('');
  const known = report === undefined ? [] : valuesOf(report, dimension).toSorted().slice(0, MOST_KNOWN);
  const add = (event: Event): void => {
    event.preventDefault();
    if (value === '') return;
    addFilter({ dimension, operator, value });
    setValue('');
  };
  const { length } = view.filters;
  return h(
    Menu,
    { label: 'Filters', chosen: length === 0 ? 'None' : `${length} ${length === 1 ? 'filter' : 'filters'}` },
    h(
      'form',
      { class: 'filters', onSubmit: add },
      h(
        'select',
        {
          'aria-label': 'Dimension to filter by',
          value: dimension,
          onChange: (event: Event) => setDimension(fieldText(event)),
        },
        dimensions.map((it) => h('option', { key: it, value: it }, readable(it))),
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
    ),
  );
};

/** The filters that there are, to be taken off. */
export const FilterChips = ({ view, change }: Pick<FilterFieldsProps, 'view' | 'change'>) => {
  const place = useRef<HTMLUListElement>(null);
  const remove = (gone: Filter): void => {
    change(({ filters }) => ({ filters: filters.filter((it) => !isSame(it, gone)) }));
    // The button that has the focus goes with it.
    const others = [...(place.current?.querySelectorAll('button') ?? [])];
    others.find((it) => it !== document.activeElement)?.focus();
  };
  return h(
    'ul',
    { class: 'chips', ref: place, 'aria-label': 'Filters' },
    view.filters.map((filter) =>
      h(
        'li',
        { key: filter.dimension + filter.operator + filter.value },
        h(Chip, { filter, onRemove: () => remove(filter) }),
      ),
    ),
  );
};

const Chip = ({ filter, onRemove }: { filter: Filter; onRemove: () => void }) =>
  h(
    'button',
    {
      type: 'button',
      class: 'chip',
      onClick: onRemove,
      'aria-label': `Remove the filter ${textOf(filter)}`,
    },
    textOf(filter),
    h('span', { 'aria-hidden': true }, ' ×'),
  );

const isSame = (one: Filter, other: Filter): boolean =>
  one.dimension === other.dimension && one.operator === other.operator && one.value === other.value;

const textOf = ({ dimension, operator, value }: Filter): string =>
  `${readable(dimension)} ${operator === '=' ? 'is' : 'is not'} ${value}`;
