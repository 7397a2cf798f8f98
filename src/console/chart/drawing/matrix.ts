import { h } from 'preact';
import { alike } from '../../base/format.ts';
import type { Matrix } from '../model/matrix-model.ts';

export interface HeatProps {
  readonly matrix: Matrix;
  /** What it shows, for those who do not see colours. */
  readonly label: string;
}

/** Figures in a grid, the larger the more coloured; the square root, or one large figure would bleach all others. */
export const Heat = ({ matrix, label }: HeatProps) => {
  const { rows, columns, figures } = matrix;
  const most = Math.max(1e-9, ...figures.flat().map((it) => it ?? 0));
  const text = alike(figures.flat());
  return h(
    'div',
    { class: 'heat', tabIndex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col', class: 'corner' }, `${matrix.down} / ${matrix.across}`),
          columns.map((column) => h('th', { key: column, scope: 'col' }, column)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row, index) =>
          h(
            'tr',
            { key: row },
            h('th', { scope: 'row', title: row }, row),
            columns.map((column, at) => {
              const figure = figures[index]?.[at] ?? null;
              return h(
                'td',
                { key: column, style: { '--heat': `${Math.round(Math.sqrt((figure ?? 0) / most) * 42)}%` } },
                figure === null ? '–' : text(figure),
              );
            }),
          ),
        ),
      ),
    ),
  );
};
