import { exact, change as inPercent } from '../base/format.ts';
import { inSentence } from '../report/dimensions.ts';
import { type Grouped, together, totalOf } from '../report/grouping.ts';
import { totalsOf } from '../report/metrics.ts';
import { periodName, type WallTime } from '../report/periods.ts';

/** A figure that answers at one look. */
export interface KeyFigure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

const sumOf = (figures: readonly (number | null)[]): number => totalOf(figures, 'sum') ?? 0;

/**
 * Total, mean and peak of everything that is drawn, as far as the metric allows.
 * @param before the figures of the period before, all groups together
 */
export const keyFigures = (
  grouped: Grouped,
  isComplete: (time: WallTime) => boolean,
  before: readonly (number | null)[] | undefined,
): readonly KeyFigure[] => {
  const { unit, times, metric } = grouped;
  const all = together(grouped);
  if (all === undefined || unit === undefined || times.length < 2) return [];
  const whole = (index: number): boolean => isComplete(times[index] ?? 0);
  const peak = all.reduce((best: number, it, index) => ((it ?? -1) > (all[best] ?? -1) ? index : best), 0);
  const mean = totalOf(all, 'mean', whole);
  const meanBefore = before === undefined ? null : totalOf(before, 'mean', whole);
  const sum = sumOf(all);
  const sumBefore = before === undefined ? null : sumOf(before);
  return [
    ...(totalsOf(metric).includes('sum') ? [figure('In all', sum, comparedWith(sum, sumBefore))] : []),
    ...(mean === null ? [] : [figure(`Mean per ${inSentence(unit)}`, mean, comparedWith(mean, meanBefore))]),
    figure('Peak', all[peak] ?? 0, periodName(times[peak] ?? 0, unit)),
  ];
};

const figure = (name: string, value: number, note: string): KeyFigure => ({
  name,
  value: exact(value),
  note,
});

const comparedWith = (value: number, before: number | null): string =>
  before === null ? '' : `${inPercent(value, before)} from ${exact(before)}`;
