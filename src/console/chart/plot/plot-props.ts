import type uPlot from 'uplot';

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
