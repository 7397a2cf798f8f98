import { h } from 'preact';
import { fieldText } from '../base/field-text.ts';
import { SelectField } from '../base/select-field.ts';
import { granularityOf } from '../report/dimensions.ts';
import { DAY, isoText, type WallTime } from '../report/periods.ts';
import {
  endAfter,
  isRangeName,
  lastDay,
  RANGE_NAMES,
  type RangeName,
  type TimeRange,
} from '../report/ranges.ts';
import { type ChangeView, type ReportView, viewBounds } from '../report/report-view.ts';

export interface RangeFieldsProps {
  readonly view: ReportView;
  readonly now: WallTime;
  readonly change: ChangeView;
}

type Choice = RangeName | 'default' | 'between';

const NAMED = Object.entries(RANGE_NAMES).flatMap(([name, title]) =>
  isRangeName(name) ? [[name, title] as const] : [],
);

const CHOICES: readonly (readonly [Choice, string])[] = [
  ...NAMED,
  ['between', 'From … to …'],
  ['default', 'As the API decides'],
];

/** From when to when, in words that include the last day, and whether with the period before. */
export const RangeFields = ({ view, now, change }: RangeFieldsProps) => {
  const { range, compared } = view;
  if (granularityOf(view.path) === undefined) return null;
  const onRange = (it: TimeRange): void => change(() => ({ range: it }));
  const choose = (chosen: Choice): void => {
    if (chosen === 'default') onRange({ kind: 'default' });
    else if (chosen === 'between') onRange(between(view, now));
    else onRange({ kind: 'named', name: chosen });
  };
  return [
    h(SelectField<Choice>, {
      key: 'range',
      label: 'Range',
      value: range.kind === 'named' ? range.name : range.kind,
      options: CHOICES,
      onChoose: choose,
    }),
    range.kind === 'between' && [
      dayField('From', range.start.slice(0, 10), (day) => onRange({ ...range, start: day })),
      dayField('To, included', lastDay(range.end), (day) => onRange({ ...range, end: endAfter(day) })),
    ],
    h(
      'label',
      { class: 'check', key: 'compare' },
      h('input', {
        type: 'checkbox',
        checked: compared,
        onChange: () => change((it) => ({ compared: !it.compared })),
      }),
      'Compare with the period before',
    ),
  ];
};

/** The same range in days, to be changed from there. */
const between = (view: ReportView, now: WallTime): TimeRange => {
  const bounds = viewBounds(view, now);
  const start = bounds?.start ?? now - 30 * DAY;
  return {
    kind: 'between',
    start: isoText(start).slice(0, 10),
    end: endAfter(isoText(bounds?.end === undefined ? now : bounds.end - 1)),
  };
};

const dayField = (label: string, value: string, onDay: (day: string) => void) =>
  h(
    'label',
    { class: 'field', key: label },
    h('span', {}, label),
    h('input', { type: 'date', value, onChange: (event: Event) => onDay(fieldText(event)) }),
  );
