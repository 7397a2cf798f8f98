import { h } from 'preact';
import type uPlot from 'uplot';
import { csvOf, download, fileName } from '../base/download.ts';
import { periodText } from '../report/periods.ts';
import type { ChartModel, Series } from './model/chart-model.ts';
import { seriesColours } from './model/series-colours.ts';
import { type Caption, pngOf, svgOfBars, svgOfMatrix } from './picture.ts';

export interface DownloadsProps {
  readonly model: ChartModel;
  readonly chart: { readonly current: uPlot | undefined };
  readonly title: string;
  readonly text: string;
}

/** The chart as a picture, and its figures as a table. */
export const Downloads = ({ model, chart, title, text }: DownloadsProps) => {
  const format =
    model.kind === 'lines' ? 'PNG' : model.kind === 'bars' || model.kind === 'matrix' ? 'SVG' : undefined;
  if (format === undefined) return null;
  const save = async (): Promise<void> => {
    const picture = await pictureOf(model, chart.current, { title, text, key: keyOf(model) });
    if (picture !== null) download(fileName(title, format.toLowerCase()), picture);
  };
  return h(
    'div',
    { class: 'downloads' },
    h('button', { type: 'button', onClick: () => void save() }, format),
    h(
      'button',
      { type: 'button', onClick: () => download(fileName(title, 'csv'), csvOf(figuresOf(model))) },
      'CSV',
    ),
  );
};

const colourOf = (colour: number | 'muted'): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--series-${colour}`).trim();

const keyOf = (model: ChartModel): Caption['key'] => {
  if (model.kind !== 'lines' && model.kind !== 'bars') return [];
  const colours = seriesColours(model.series);
  return model.series.map(({ name }, index) => ({ name, colour: colourOf(colours[index] ?? 0) }));
};

const pictureOf = async (
  model: ChartModel,
  chart: uPlot | undefined,
  caption: Caption,
): Promise<Blob | null> => {
  if (model.kind === 'matrix') return svgOfMatrix(model.matrix, caption);
  if (model.kind === 'bars') {
    const bars = model.series.map(({ name, total }) => ({
      name,
      value: total,
      colour: 0,
      before: undefined,
    }));
    return svgOfBars(bars, caption);
  }
  return chart === undefined ? null : pngOf(chart.ctx.canvas, caption);
};

type Table = readonly (readonly (string | number | null)[])[];

/** What is drawn, unrounded. */
export const figuresOf = (model: ChartModel): Table => {
  switch (model.kind) {
    case 'lines':
      return [
        [model.unit, ...model.series.map(({ name }) => name)],
        ...model.times.map((time, at) => [
          periodText(time, model.unit),
          ...model.series.map(({ figures }: Series) => figures[at] ?? null),
        ]),
      ];
    case 'bars':
      return [['name', 'value'], ...model.series.map(({ name, total }) => [name, total])];
    case 'matrix': {
      const { down, rows, columns, figures } = model.matrix;
      return [[down, ...columns], ...rows.map((row, index) => [row, ...(figures[index] ?? [])])];
    }
    default:
      return [];
  }
};
