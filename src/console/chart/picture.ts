import { exact } from '../base/format.ts';
import type { Bar } from './drawing/bars.ts';
import type { Matrix } from './model/matrix-model.ts';

/** What a picture says besides what is drawn. */
export interface Caption {
  readonly title: string;
  readonly text: string;
  readonly key: readonly { readonly name: string; readonly colour: string }[];
}

const MARGIN = 20;
const LINE = 20;

/** A chart on its canvas with title and key, as a PNG. */
export const pngOf = async (
  chart: HTMLCanvasElement,
  { title, text, key }: Caption,
): Promise<Blob | null> => {
  const ratio = window.devicePixelRatio;
  const picture = document.createElement('canvas');
  const head = MARGIN + 2.4 * LINE;
  const foot = key.length > 1 ? Math.ceil(key.length / 4) * LINE + MARGIN : MARGIN;
  picture.width = chart.width + 2 * MARGIN * ratio;
  picture.height = chart.height + (head + foot) * ratio;
  const context = picture.getContext('2d');
  if (context === null) return null;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  context.fillStyle = colour('--card');
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(chart, MARGIN * ratio, head * ratio);
  context.scale(ratio, ratio);
  const write = (it: string, x: number, y: number, font: string, name = '--text'): void => {
    context.font = `${font} ${style.fontFamily}`;
    context.fillStyle = colour(name);
    context.fillText(it, x, y);
  };
  write(title, MARGIN, MARGIN + 14, '600 16px');
  write(text, MARGIN, MARGIN + 14 + LINE, '13px', '--muted');
  const column = (picture.width / ratio - 2 * MARGIN) / 4;
  if (key.length > 1) {
    key.forEach((entry, index) => {
      const x = MARGIN + (index % 4) * column;
      const y = head + chart.height / ratio + LINE * (Math.floor(index / 4) + 0.8);
      context.fillStyle = entry.colour;
      context.fillRect(x, y - 9, 10, 10);
      write(entry.name, x + 16, y, '12px');
    });
  }
  return new Promise((resolve) => picture.toBlob(resolve, 'image/png'));
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface Shape {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly fill: string;
  readonly opacity?: number;
}

const rectangle = ({ x, y, width, fill, opacity = 1 }: Shape): string =>
  `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="20" rx="3" fill="${fill}" fill-opacity="${opacity}"/>`;

const words = (text: string, x: number, y: number, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${escaped(text)}</text>`;

const END = 'text-anchor="end"';

const svgOf = ({ title, text }: Caption, width: number, height: number, drawn: readonly string[]): Blob => {
  const markup = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"`,
    ' font-family="system-ui, sans-serif" font-size="13">',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    words(title, MARGIN, 34, 'font-size="16" font-weight="600"'),
    words(text, MARGIN, 56, 'fill="#586174"'),
    ...drawn,
    '</svg>',
  ];
  return new Blob([markup.join('\n')], { type: 'image/svg+xml' });
};

const TOP = 76;
const ROW = 26;
const NAMES = 220;

export const svgOfBars = (bars: readonly Bar[], caption: Caption): Blob => {
  const most = Math.max(1e-9, ...bars.map(({ value }) => value ?? 0));
  const drawn = bars.flatMap(({ name, value }, index) => {
    const y = TOP + index * ROW;
    return [
      words(name, NAMES, y + 15, END),
      rectangle({
        x: NAMES + 10,
        y,
        width: ((value ?? 0) / most) * 560,
        fill: caption.key[index]?.colour ?? '#3557e0',
      }),
      words(value === null ? '–' : exact(value), 880, y + 15, END),
    ];
  });
  return svgOf(caption, 900, TOP + bars.length * ROW + MARGIN, drawn);
};

export const svgOfMatrix = ({ rows, columns, figures }: Matrix, caption: Caption): Blob => {
  const most = Math.max(1e-9, ...figures.flat().map((it) => it ?? 0));
  const wide = 84;
  const left = (at: number): number => NAMES + 10 + at * wide;
  const drawn = [
    ...columns.map((column, at) => words(column, left(at) + wide - 10, TOP, END)),
    ...rows.flatMap((row, index) => {
      const y = TOP + 12 + index * ROW;
      return [
        words(row, NAMES, y + 15, END),
        ...columns.flatMap((_, at) => {
          const figure = figures[index]?.[at] ?? null;
          const opacity = Math.sqrt((figure ?? 0) / most) * 0.45;
          return [
            rectangle({ x: left(at), y, width: wide - 4, fill: '#3557e0', opacity }),
            words(figure === null ? '–' : exact(figure), left(at) + wide - 10, y + 15, END),
          ];
        }),
      ];
    }),
  ];
  return svgOf(caption, left(columns.length) + MARGIN, TOP + rows.length * ROW + 2 * MARGIN, drawn);
};
