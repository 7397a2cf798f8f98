import type uPlot from 'uplot';
import { spread } from './end-labels.ts';
import type { PlotSeries } from './plot-props.ts';
import type { Theme } from './theme.ts';

const LINE = 16;
const GAP = 10;
const WIDEST = 190;
/** Narrower than this, the key below the chart has the names alone. */
const LEAST_CHART = 480;

/** Pixels that the names at the ends of lines need; 0 where there are none. */
export const endLabelWidth = (series: readonly PlotSeries[], width: number, font: string): number => {
  const named = series.filter(({ before }) => before !== true);
  if (named.length < 2 || width < LEAST_CHART) return 0;
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return 0;
  context.font = font;
  const widths = named.map(({ name }) => context.measureText(name).width);
  return Math.min(WIDEST, Math.ceil(Math.max(...widths))) + GAP;
};

/** The name of each line where it ends, moved apart where they would touch. */
export const drawEndLabels = (
  chart: uPlot,
  series: readonly PlotSeries[],
  font: string,
  theme: Theme,
): void => {
  const { ctx, bbox } = chart;
  const ratio = window.devicePixelRatio;
  const named = series.flatMap((line, index) => (line.before === true ? [] : [{ line, index }]));
  const wanted = named.map(({ line, index }) => {
    const edges = line.edges ?? line.figures;
    const last = edges.findLast((it) => it !== null) ?? 0;
    const below = line.edges === undefined || index === 0 ? last : (series[index - 1]?.edges?.at(-1) ?? 0);
    const middle = line.edges === undefined ? last : (last + (index === 0 ? 0 : below)) / 2;
    return chart.valToPos(middle, 'y', true) - bbox.top;
  });
  const places = spread(wanted, LINE * ratio, bbox.height);
  ctx.save();
  ctx.font = font.replace(/^\d+px/, `${12 * ratio}px`);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  named.forEach(({ line }, at) => {
    const x = bbox.left + bbox.width + GAP * ratio;
    const y = bbox.top + (places[at] ?? 0);
    ctx.fillStyle = theme.series(line.colour);
    ctx.fillRect(x - 6 * ratio, y - 5 * ratio, 3 * ratio, 10 * ratio);
    ctx.fillStyle = theme.colour('--text');
    ctx.fillText(shortened(ctx, line.name, (WIDEST - GAP) * ratio), x, y);
  });
  ctx.restore();
};

const shortened = (context: CanvasRenderingContext2D, text: string, width: number): string => {
  if (context.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return `${text.slice(0, length)}…`;
};
