import { h } from 'preact';
import { useId } from 'preact/hooks';

export interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onChoose: (value: T) => void;
}

/** A few that exclude each other, side by side. One stop for the keyboard; arrows choose. */
export const Segments = <T extends string>({ label, value, options, onChoose }: SegmentsProps<T>) => {
  const name = useId();
  return h(
    'fieldset',
    { class: 'segments' },
    h('legend', {}, label),
    options.map(([it, text]) =>
      h(
        'label',
        { key: it },
        h('input', { type: 'radio', name, value: it, checked: it === value, onChange: () => onChoose(it) }),
        h('span', {}, text),
      ),
    ),
  );
};
