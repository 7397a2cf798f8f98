import { type Dimension, isLevelDimension } from './dimensions.ts';
import type { Row } from './evaluate.ts';
import type { Group } from './grouping.ts';
import type { Filter } from './query.ts';
import type { Counted } from './tally.ts';

interface Histogram {
  /** Values of the dimensions before these. */
  readonly above: readonly string[];
  /** The last dimensions, the level perhaps among them. */
  readonly dimensions: readonly Dimension[];
  readonly groups: readonly Group[];
  /** Users by level for each group. */
  readonly counted: Iterable<Counted>;
  readonly filter: Filter | undefined;
}

const wanted = (level: string, filter: Filter | undefined): boolean =>
  (filter?.only?.has(level) ?? true) && !(filter?.not.has(level) ?? false);

interface Keyed extends Row {
  readonly key: readonly (string | number)[];
}

function compare(a: Keyed, b: Keyed): number {
  for (let i = 0; i < a.key.length; i++) {
    const left = a.key[i] ?? '';
    const right = b.key[i] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** The rows of a histogram, sorted by their dimensions; levels sort as numbers. Levels that nobody reached have none. */
export function levelRows({ above, dimensions, groups, counted, filter }: Histogram): Row[] {
  const position = dimensions.findIndex(isLevelDimension);
  const rows: Keyed[] = [];
  for (const { group, values } of counted) {
    const names = groups[group]?.values ?? [];
    const levels = values
      .map((users, index) => ({ level: index + 1, users }))
      .filter(({ level, users }) => users > 0 && wanted(String(level), filter));
    if (position < 0) {
      const users = levels.reduce((sum, entry) => sum + entry.users, 0);
      if (users > 0) rows.push({ dimensions: [...above, ...names], metrics: [users], key: names });
      continue;
    }
    for (const { level, users } of levels) {
      const key = [...names.slice(0, position), level, ...names.slice(position)];
      rows.push({ dimensions: [...above, ...key.map(String)], metrics: [users], key });
    }
  }
  return rows.sort(compare);
}
