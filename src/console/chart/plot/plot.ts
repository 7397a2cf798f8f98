import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import Chart from 'uplot';
import { plotOptions } from './plot-options.ts';
import type { PlotProps } from './plot-props.ts';

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
