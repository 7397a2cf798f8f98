import type uPlot from 'uplot';
import { change } from '../../base/format.ts';
import type { PlotProps, PlotSeries } from './plot-props.ts';
import type { Theme } from './theme.ts';

/** What lies under the pointer, in full: the time, and each line with its figure, the highest first. */
export const tooltip = (latest: () => PlotProps, theme: Theme): uPlot.Plugin => {
  const box = document.createElement('div');
  box.className = 'tooltip';
  box.hidden = true;
  const show = (chart: uPlot): void => {
    const { idx, left = -1, top = 0 } = chart.cursor;
    const props = latest();
    const time = props.times[idx ?? -1];
    box.hidden = typeof idx !== 'number' || left < 0 || time === undefined;
    if (box.hidden || typeof idx !== 'number' || time === undefined) return;
    box.replaceChildren(...contents(props, idx, time, theme));
    place(box, chart.over, left, top);
  };
  return {
    hooks: {
      init: [(chart) => void chart.over.append(box)],
      setCursor: [show],
    },
  };
};

/** Narrower than this, there is no room beside the pointer. */
const NARROW = 480;

const place = (
  box: HTMLElement,
  { clientWidth, clientHeight }: HTMLElement,
  left: number,
  top: number,
): void => {
  const { style } = box;
  if (clientWidth < NARROW) {
    style.left = style.right = '0';
    style.top = `${clientHeight + 8}px`;
    return;
  }
  const isRight = left > clientWidth / 2;
  style.left = isRight ? '' : `${left + 14}px`;
  style.right = isRight ? `${clientWidth - left + 14}px` : '';
  style.top = `${Math.max(0, Math.min(top - 20, clientHeight - box.offsetHeight))}px`;
};

const contents = (props: PlotProps, at: number, time: number, theme: Theme): HTMLElement[] => {
  const head = element('p', 'when', props.timeName(time));
  if (props.up !== '') head.append(element('span', 'note', props.up));
  const lines = props.series
    .filter(({ before }) => before !== true)
    .toSorted((a, b) => (b.figures[at] ?? -1) - (a.figures[at] ?? -1))
    .map((line) => lineOf(props, line, at, theme));
  const note = props.incomplete?.has(time) === true ? [element('p', 'note', 'Not whole')] : [];
  return [head, ...lines, ...note];
};

const lineOf = (props: PlotProps, line: PlotSeries, at: number, theme: Theme): HTMLElement => {
  const figure = line.figures[at] ?? null;
  const row = element('p', 'line');
  const mark = element('span', 'swatch');
  mark.style.background = theme.series(line.colour);
  row.append(
    mark,
    element('span', 'name', line.name),
    element('b', '', figure === null ? '–' : props.full(figure)),
  );
  const before = props.series.find((it) => it.before === true && it.name === line.name)?.figures[at] ?? null;
  if (before !== null && figure !== null) {
    row.append(element('span', 'note', `${change(figure, before)} from ${props.full(before)}`));
  }
  return row;
};

const element = (tag: string, className: string, text = ''): HTMLElement => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};
