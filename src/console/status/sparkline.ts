import { h } from 'preact';

const WIDTH = 120;
const HEIGHT = 32;

/** The way that a figure took lately; the figure itself stands beside it, so this is for the eye only. */
export const Sparkline = ({ values }: { values: readonly number[] }) => {
  const most = Math.max(...values, Number.MIN_VALUE);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`,
  );
  return h(
    'svg',
    { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': true },
    h('polygon', { points: `0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}` }),
    h('polyline', { points: points.join(' ') }),
  );
};
