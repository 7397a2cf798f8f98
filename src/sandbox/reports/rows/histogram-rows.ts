import { type Dimension, isEventDimension, isHistogramDimension } from '../cube/dimensions.ts';
import type { Filter, ReportQuery } from '../query/query.ts';
import type { Group } from './grouping.ts';
import type { Row } from './row.ts';
import type { CountedCells } from './tally.ts';

interface HistogramRows {
  /** Values of the dimensions before these. */
  readonly above: readonly string[];
  /** The last dimensions, those of the histogram perhaps among them. */
  readonly dimensions: readonly Dimension[];
  readonly groups: readonly Group[];
  readonly counted: Iterable<CountedCells>;
  readonly filters: ReportQuery['filters'];
}

interface Keyed extends Row {
  readonly key: readonly (string | number)[];
}

const wanted = (label: string, filter: Filter | undefined): boolean =>
  (filter?.only?.has(label) ?? true) && !(filter?.not.has(label) ?? false);

function compare(a: Keyed, b: Keyed): number {
  for (let i = 0; i < a.key.length; i++) {
    const left = a.key[i] ?? '';
    const right = b.key[i] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** Adds the cells that pass the filters up by the dimensions that are shown; those without anything have no row. */
function* shown(
  { cells }: CountedCells,
  dimensions: readonly Dimension[],
  filters: ReportQuery['filters'],
): Generator<{ readonly labels: readonly string[]; readonly count: number }> {
  const sums = new Map<string, { labels: string[]; count: number }>();
  for (const { labels, count } of cells) {
    const all = Object.entries(labels);
    if (!all.every(([name, label]) => !isHistogramDimension(name) || wanted(label, filters.get(name))))
      continue;
    const visible = dimensions.filter(isHistogramDimension).map((name) => labels[name] ?? '');
    const key = visible.join();
    const sum = sums.get(key) ?? { labels: visible, count: 0 };
    sum.count += count;
    sums.set(key, sum);
  }
  for (const sum of sums.values()) if (sum.count > 0) yield sum;
}

/** The rows of a histogram, sorted by their dimensions: levels as numbers, events by name. */
export function histogramRows({ above, dimensions, groups, counted, filters }: HistogramRows): Row[] {
  const rows: Keyed[] = [];
  for (const group of counted) {
    const names = groups[group.group]?.values ?? [];
    for (const { labels, count } of shown(group, dimensions, filters)) {
      let [name, label] = [0, 0];
      const key = dimensions.map((dimension) => {
        if (!isHistogramDimension(dimension)) return names[name++] ?? '';
        const text = labels[label++] ?? '';
        return isEventDimension(dimension) ? text : Number(text);
      });
      rows.push({ dimensions: [...above, ...key.map(String)], metrics: [count], key });
    }
  }
  return rows.sort(compare);
}
