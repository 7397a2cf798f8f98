import { h } from 'preact';
import { exact } from '../../base/format.ts';

export interface Bar {
  readonly name: string;
  readonly value: number | null;
  readonly colour: number;
  /** In the period before. */
  readonly before: number | null | undefined;
}

export interface BarsProps {
  readonly bars: readonly Bar[];
  readonly unit: string;
  /** @returns what changed since the period before, in words */
  readonly change: (value: number, before: number) => string;
}

/** Bars beside their names and figures. */
export const Bars = ({ bars, unit, change }: BarsProps) => {
  const most = Math.max(1e-9, ...bars.flatMap(({ value, before }) => [value ?? 0, before ?? 0]));
  const width = (value: number): { width: string } => ({ width: `${(value / most) * 100}%` });
  return h(
    'ul',
    { class: 'bars' },
    bars.map(({ name, value, colour, before }) =>
      h(
        'li',
        { key: name },
        h('span', { class: 'name', title: name }, name),
        h(
          'span',
          { class: 'bar', 'aria-hidden': true },
          h('span', { class: `series-${colour}`, style: width(value ?? 0) }),
          typeof before === 'number' && h('span', { class: 'before', style: width(before) }),
        ),
        h(
          'span',
          { class: 'value', title: unit },
          value === null ? '–' : exact(value),
          typeof before === 'number' &&
            value !== null &&
            h('span', { class: 'note' }, ` ${change(value, before)}`),
        ),
      ),
    ),
  );
};
