import type { Series } from './chart-model.ts';
import { coloursOf } from './colours.ts';

/** Colours of lines and bars: those of the same name are the same in every chart; what stands for the rest is grey. */
export const seriesColours = (series: readonly Series[]): readonly (number | 'muted')[] => {
  const scope = series[0]?.scope ?? '';
  const own = series.filter((it) => it.scope === scope);
  const colours = coloursOf(
    scope,
    own.map(({ name }) => name),
  );
  return series.map((it) => (it.scope === scope ? (colours[own.indexOf(it)] ?? 0) : 'muted'));
};
