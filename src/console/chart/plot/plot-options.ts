import type uPlot from 'uplot';
import { drawEndLabels, endLabelWidth } from './draw-end-labels.ts';
import type { PlotProps, PlotSeries } from './plot-props.ts';
import { type Theme, themeOf } from './theme.ts';
import { timeTicks } from './time-ticks.ts';
import { tooltip } from './tooltip.ts';

/** Pixels of an axis label's line. */
const LABEL = 18;

/** What uPlot is told. @param latest the properties as they are when something is drawn */
export const plotOptions = (latest: () => PlotProps, target: HTMLElement): uPlot.Options => {
  const props = latest();
  const { series, height, isStacked = false } = props;
  const theme = themeOf(target);
  const width = target.clientWidth;
  const font = `12px ${theme.font}`;
  const labels = endLabelWidth(series, width, font);
  const axis = {
    stroke: theme.colour('--muted'),
    font,
    labelFont: font,
    labelSize: LABEL,
    ticks: { show: false },
  };
  const grid = { stroke: theme.colour('--grid'), width: 1 };
  const ticksOf = (chart: uPlot) => {
    const { min = 0, max = 0 } = chart.scales['x'] ?? {};
    return timeTicks(min ?? 0, max ?? 0, props.unit, width - labels - 70);
  };
  return {
    width,
    height,
    ms: 1,
    padding: [14, labels === 0 ? 34 : labels + 14, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 7 }, y: false, drag: { x: true, y: false } },
    scales: {
      x: { time: false, range: (_chart, min, max) => rangeOf(latest(), min, max) },
      y: { range: (_chart, _min, max) => [0, props.most ?? (max > 0 ? max * 1.06 : 1)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        label: props.across,
        grid: { show: false },
        splits: (chart) => [...ticksOf(chart).at],
        values: (chart) => [...ticksOf(chart).labels],
      },
      {
        ...axis,
        size: 52,
        label: props.up,
        grid,
        incrs: STEPS,
        values: (_chart, ticks) => ticks.map((tick) => props.short(tick)),
      },
    ],
    series: [{}, ...series.map((line, index) => lineOptions(line, index, isStacked, theme))],
    bands: isStacked ? bandsOf(series, theme) : [],
    hooks: {
      drawClear: [(chart) => shadeIncomplete(chart, props, theme.colour('--raised'))],
      draw: [(chart) => labels > 0 && drawEndLabels(chart, latest().series, font, theme)],
    },
    plugins: [tooltip(latest, theme)],
  };
};

const DAY = 86_400_000;
const LENGTHS = { year: 365 * DAY, month: 30 * DAY, day: DAY, hour: DAY / 24, minute: DAY / 1440 };

/** A single period stands in the middle. */
const rangeOf = ({ times, unit }: PlotProps, min: number, max: number): [number, number] => {
  const [only = 0] = times;
  return times.length === 1 ? [only - LENGTHS[unit], only + LENGTHS[unit]] : [min, max];
};

/** Whole steps only where figures are counts; shares need smaller ones. */
const STEPS = [
  0.1,
  0.25,
  0.5,
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((power) => [1, 2, 5].map((it) => it * 10 ** power)),
];

/** A six-digit hexadecimal colour made translucent. */
const faded = (colour: string, alpha: string): string => `${colour}${alpha}`;

const lineOptions = (line: PlotSeries, index: number, isStacked: boolean, theme: Theme): uPlot.Series => {
  const colour = theme.series(line.colour);
  const isArea = isStacked && line.before !== true;
  return {
    label: line.name,
    stroke: line.before === true ? faded(colour, 'a0') : colour,
    width: isArea ? 1 : line.before === true ? 1.5 : 2,
    points: { show: (chart: uPlot) => chart.data[0].length === 1, size: 8 },
    ...(line.dashed === true ? { dash: line.before === true ? [3, 4] : [8, 4] } : {}),
    ...(isArea && index === 0 ? { fill: faded(colour, 'b0') } : {}),
  };
};

/** The area between each line and the one under it. */
const bandsOf = (series: readonly PlotSeries[], theme: Theme): uPlot.Band[] =>
  series.flatMap(({ colour, before }, index) =>
    index === 0 || before === true
      ? []
      : [{ series: [index + 1, index] as [number, number], fill: faded(theme.series(colour), 'b0') }],
  );

/** Behind what is not whole, so that nobody takes it for a collapse. */
const shadeIncomplete = (chart: uPlot, { times, incomplete }: PlotProps, colour: string): void => {
  const { ctx, bbox } = chart;
  for (const time of incomplete ?? []) {
    const index = times.indexOf(time);
    if (index === -1) continue;
    const at = (place: number): number => chart.valToPos(times[place] ?? time, 'x', true);
    const left = Math.max(bbox.left, index === 0 ? at(0) : at(index - 1));
    const right = Math.min(bbox.left + bbox.width, index === 0 ? at(1) : at(index));
    ctx.save();
    ctx.fillStyle = colour;
    ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
    ctx.restore();
  }
};
