import type { TimeDimension } from './dimensions.ts';
import { later, type WallTime } from './periods.ts';
import type { Bounds } from './ranges.ts';

/** Why a period has less than all of its figures. */
export type Lack = 'starts-late' | 'ends-early' | 'not-over' | 'cut-off';

/**
 * Periods at the edges of a report that are not whole, so that they look smaller than they are.
 * @param isCut the report ends at its limit, so that its last period may lack rows
 */
export const incompletePeriods = (
  times: readonly WallTime[],
  unit: TimeDimension,
  bounds: Bounds | undefined,
  now: WallTime,
  isCut: boolean,
): ReadonlyMap<WallTime, Lack> => {
  const [first, last] = [times.at(0), times.at(-1)];
  const lacks = new Map<WallTime, Lack>();
  if (first === undefined || last === undefined) return lacks;
  if (bounds !== undefined && bounds.start > first) lacks.set(first, 'starts-late');
  const end = later(last, unit, 1);
  if (isCut) lacks.set(last, 'cut-off');
  else if (now < end) lacks.set(last, 'not-over');
  else if (bounds?.end !== undefined && bounds.end < end) lacks.set(last, 'ends-early');
  return lacks;
};

/** In words. */
export const lackText = (lack: Lack, unit: TimeDimension): string => {
  switch (lack) {
    case 'starts-late':
      return `The first ${unit} is not whole: the range begins within it.`;
    case 'ends-early':
      return `The last ${unit} is not whole: the range ends within it.`;
    case 'not-over':
      return `The last ${unit} is not over: its figures will grow.`;
    case 'cut-off':
      return `The last ${unit} may lack rows: the report was cut off there.`;
  }
};
