import type { PlotSeries } from './plot-props.ts';

/** Looks of the page, as a canvas takes them. */
export interface Theme {
  readonly font: string;
  /** The value of a custom property. */
  readonly colour: (name: string) => string;
  readonly series: (colour: PlotSeries['colour']) => string;
}

/** What applies at this place of the page. */
export const themeOf = (target: HTMLElement): Theme => {
  const style = getComputedStyle(target);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    font: style.fontFamily,
    colour,
    series: (it) => colour(`--series-${it}`),
  };
};
