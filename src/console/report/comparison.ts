import type { Group, Grouped } from './grouping.ts';
import { later, type WallTime } from './periods.ts';

/**
 * The figures of the period before beside those of this one: the first period of one is the first of the other.
 * @returns for each group of `now` a figure for each of its times; `null` where that is not known
 */
export const beside = (
  now: Grouped,
  before: Grouped,
  starts: { readonly now: WallTime; readonly before: WallTime },
  isWhole: boolean,
): readonly (readonly (number | null)[])[] => {
  const missing = isWhole && before.unaddable.length === 0 ? 0 : null;
  const places = new Map(before.times.map((time, index) => [time, index]));
  const twins = twinsOf(now, starts).map((time) => places.get(time));
  const groups = new Map(before.groups.map((group) => [keyOf(group), group]));
  return now.groups.map((group) => {
    const twin = groups.get(keyOf(group));
    return twins.map((place) => (place === undefined ? missing : (twin?.figures[place] ?? missing)));
  });
};

const keyOf = ({ values }: Group): string => values.join('\u0000');

/** For each period the one that is as far from the start of the range before. */
const twinsOf = (
  { times, unit }: Grouped,
  starts: { readonly now: WallTime; readonly before: WallTime },
): readonly WallTime[] => {
  if (unit === undefined) return [0];
  const twins: WallTime[] = [];
  let [at, twin] = [starts.now, starts.before];
  for (const time of times) {
    while (at < time) [at, twin] = [later(at, unit, 1), later(twin, unit, 1)];
    twins.push(twin);
  }
  return twins;
};
