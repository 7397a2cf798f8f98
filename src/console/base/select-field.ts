import { h } from 'preact';
import { fieldText } from './field-text.ts';

export interface SelectFieldProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onChoose: (value: T) => void;
}

/** One of a few. */
export const SelectField = <T extends string>({ label, value, options, onChoose }: SelectFieldProps<T>) =>
  h(
    'label',
    { class: 'field' },
    h('span', {}, label),
    h(
      'select',
      {
        value,
        onChange: (event: Event) => {
          const text = fieldText(event);
          const chosen = options.find(([it]) => it === text);
          if (chosen !== undefined) onChoose(chosen[0]);
        },
      },
      options.map(([it, name]) => h('option', { key: it, value: it }, name)),
    ),
  );
