import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { timeTick } from './time-tick.ts';

export interface PlotLine {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** Number of the colour in the palette, from 0. */
  readonly colour: number;
  readonly filled?: boolean;
}

export interface PlotProps {
  /** What it shows, for those who cannot see it. */
  readonly label: string;
  /** Epoch seconds, or the positions of `categories`. */
  readonly xs: readonly number[];
  readonly lines: readonly PlotLine[];
  /** Names of the positions: then bars are drawn instead of lines. */
  readonly categories?: readonly string[];
  readonly format: (value: number) => string;
  readonly height: number;
}

/** A chart on a canvas. It follows the width of its place and the colours of the theme. */
export const Plot = (props: PlotProps) => {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { xs, lines, categories } = props;
  const shape = JSON.stringify([lines.map(({ name, colour }) => [name, colour]), categories, props.height]);

  useEffect(() => {
    const target = place.current;
    if (target === null) return;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(latest.current, target), dataOf(latest.current), target);
    };
    draw();
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: target.clientWidth, height: latest.current.height });
    });
    resized.observe(target);
    return () => {
      dark.removeEventListener('change', draw);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(dataOf(props));
  }, [xs, lines]);

  return h('div', { class: 'plot', ref: place, role: 'img', 'aria-label': props.label });
};

const dataOf = ({ xs, lines }: PlotProps): uPlot.AlignedData => [
  [...xs],
  ...lines.map(({ values }) => [...values]),
];

const optionsOf = (props: PlotProps, target: HTMLElement): uPlot.Options => {
  const { lines, categories, format, height } = props;
  const style = getComputedStyle(target);
  const colourOf = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colourOf('--muted'),
    font: `11px ${style.fontFamily}`,
    ticks: { show: false },
    grid: { stroke: colourOf('--grid'), width: 1 },
  };
  return {
    width: target.clientWidth,
    height,
    padding: [12, 24, 0, 0],
    cursor: { points: { size: 7 }, drag: { x: categories === undefined, y: false } },
    legend: {
      // Filled squares: outlines of thin lines are hard to tell apart.
      markers: {
        width: 0,
        fill: (_plot, index) => colourOf(`--series-${(lines[index - 1]?.colour ?? 0) % 8}`),
      },
    },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'UTC'),
    scales: {
      x: categories === undefined ? { time: true } : { time: false, range: [-0.6, categories.length - 0.4] },
      y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        ...(categories === undefined
          ? {
              space: 76,
              values: (_plot, ticks, _axis, _space, step) => ticks.map((at) => timeTick(at, step)),
            }
          : { splits: () => categories.map((_, position) => position), values: () => [...categories] }),
      },
      { ...axis, size: 54, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      categories === undefined
        ? { value: '{YYYY}-{MM}-{DD} {HH}:{mm}' }
        : { value: (_plot, position) => categories[position] ?? '–', label: 'Level' },
      ...lines.map((line) => {
        const colour = colourOf(`--series-${line.colour % 8}`);
        return {
          label: line.name,
          stroke: colour,
          width: 1.75,
          points: { show: (plot: uPlot) => plot.data[0].length === 1 },
          value: (_plot: uPlot, value: number | null) => (value === null ? '–' : format(value)),
          ...(line.filled === true || categories !== undefined
            ? { fill: faded(colour, categories !== undefined) }
            : {}),
          ...(categories === undefined || uPlot.paths.bars === undefined
            ? {}
            : { paths: uPlot.paths.bars({ size: [0.72, 64], radius: 0.15 }) }),
        };
      }),
    ],
  };
};

/** A six-digit hexadecimal colour made translucent. */
const faded = (colour: string, strong: boolean): string => `${colour}${strong ? 'b8' : '22'}`;
