import type { Leaf } from '../../warehouse/catalogue.ts';
import type { SessionDimension } from '../cube/dimensions.ts';

/** Leaves that share the values of some dimensions. */
export interface Group {
  readonly values: readonly string[];
  readonly leaves: Int32Array;
}

/** By UTF-16 code unit, one value after the other: the same on every machine, whatever its locale. */
export function compareValues(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) {
    const left = a[i] ?? '';
    const right = b[i] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** Parts leaves by their values of the dimensions, sorted by them. */
export function groupLeaves(
  catalogue: readonly Leaf[],
  leaves: Int32Array,
  dimensions: readonly SessionDimension[],
): Group[] {
  const groups = new Map<string, { values: string[]; leaves: number[] }>();
  for (const index of leaves) {
    const leaf = catalogue[index];
    if (leaf === undefined) continue;
    const values = dimensions.map((dimension) => leaf[dimension]);
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { values, leaves: [index] });
    else group.leaves.push(index);
  }
  return [...groups.values()]
    .sort((a, b) => compareValues(a.values, b.values))
    .map(({ values, leaves }) => ({ values, leaves: Int32Array.from(leaves) }));
}
