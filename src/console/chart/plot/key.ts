import { h } from 'preact';
import type { PlotSeries } from './plot-props.ts';

/** Colours and names, where there is no room for the names at the ends of the lines. */
export const Key = ({ lines }: { lines: readonly PlotSeries[] }) =>
  h(
    'ul',
    { class: 'key' },
    lines.map(({ name, colour }) =>
      h('li', { key: name }, h('span', { class: `swatch series-${colour}`, 'aria-hidden': true }), name),
    ),
  );
