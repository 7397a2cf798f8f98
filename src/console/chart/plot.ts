import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import Chart from 'uplot';
import { plotOptions } from './plot-options.ts';

export interface PlotSeries {
  readonly name: string;
  /** What it is at each time. */
  readonly figures: readonly (number | null)[];
  /** Where it is drawn, if that is not where it is: on top of others. */
  readonly edges?: readonly (number | null)[];
  /** Number of the colour in the palette, from 0; `muted` for what stands for the rest. */
  readonly colour: number | 'muted';
  /** Another line has the same colour, or this is the period before. */
  readonly dashed?: boolean;
  /** It belongs to the period before. */
  readonly before?: boolean;
}

export interface PlotProps {
  /** What it shows, for those who cannot see it. */
  readonly label: string;
  /** Wall times in milliseconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
  /** Areas on each other, not lines. */
  readonly isStacked?: boolean;
  /** How the figures lie in the tooltip and on the axis. */
  readonly full: (value: number) => string;
  readonly short: (value: number) => string;
  /** The largest value of the axis, if that is fixed. */
  readonly most?: number;
  readonly unit: 'year' | 'month' | 'day' | 'hour' | 'minute';
  /** What the axes say. */
  readonly across: string;
  readonly up: string;
  readonly height: number;
  /** The name of a time, for the tooltip. */
  readonly timeName: (time: number) => string;
  /** Times whose figures are not whole. */
  readonly incomplete?: ReadonlySet<number>;
  /** Called with the chart when it is drawn, and with nothing when it goes. */
  readonly onChart?: (chart: uPlot | undefined) => void;
}

/** A chart on a canvas. It follows the width of its place and the colours of the theme. */
export const Plot = (props: PlotProps) => {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { times, series } = props;
  const shape = JSON.stringify([
    series.map(({ name, colour, dashed }) => [name, colour, dashed]),
    [props.isStacked, props.height, props.unit, props.across, props.up],
    [...(props.incomplete ?? [])],
  ]);

  useEffect(() => {
    const target = place.current;
    if (target === null) return;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new Chart(
        plotOptions(() => latest.current, target),
        dataOf(latest.current),
        target,
      );
      latest.current.onChart?.(chart.current);
    };
    draw();
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    let width = target.clientWidth;
    const resized = new ResizeObserver(() => {
      if (target.clientWidth === width) return;
      width = target.clientWidth;
      draw();
    });
    resized.observe(target);
    return () => {
      dark.removeEventListener('change', draw);
      resized.disconnect();
      chart.current?.destroy();
      chart.current = undefined;
      latest.current.onChart?.(undefined);
    };
  }, [shape]);

  useEffect(() => {
    chart.current?.setData(dataOf(props));
  }, [times, series]);

  return h('div', { class: 'plot', ref: place, role: 'img', 'aria-label': props.label });
};

const dataOf = ({ times, series }: PlotProps): uPlot.AlignedData => [
  [...times],
  ...series.map(({ figures, edges }) => [...(edges ?? figures)]),
];
