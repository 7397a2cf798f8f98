import { distinctUsers, usersByLevel } from '../warehouse/distinct.ts';
import type { EpochMinute, Selection, Warehouse } from '../warehouse/warehouse.ts';
import type { LevelDimension } from './dimensions.ts';
import type { Group } from './grouping.ts';
import { type CountedMetric, columnOf, type Metric } from './metrics.ts';

/** What a tally found for one group, if anything happened there. */
export interface Counted {
  readonly group: number;
  readonly values: readonly number[];
}

const ACTIVE = columnOf('active-sessions');
const FAILED = columnOf('failed-attempts');

/**
 * Counts the metrics of some groups over any time range. Users belong to one MVPD each, so that sessions are counted
 * by group and MVPD where users are wanted, and then folded.
 */
export class Tally {
  readonly #warehouse: Warehouse;
  readonly #selection: Selection;
  readonly #groups: number;
  /** For each slot its group and its MVPD; a group has one slot for each MVPD. */
  readonly #groupOfSlot: Int32Array;
  readonly #mvpdOfSlot: Int32Array;
  readonly #metrics: readonly Metric[];
  readonly #counts: Float64Array;

  constructor(warehouse: Warehouse, groups: readonly Group[], metrics: readonly Metric[]) {
    this.#warehouse = warehouse;
    this.#metrics = metrics;
    this.#groups = groups.length;
    const counted = metrics.filter(
      (metric): metric is CountedMetric => metric !== 'active-users' && metric !== 'users',
    );
    const columns = Int32Array.from([...new Set([ACTIVE, FAILED, ...counted.map(columnOf)])]);
    const leaves: number[] = [];
    const slots: number[] = [];
    const groupOfSlot: number[] = [];
    const mvpdOfSlot: number[] = [];
    groups.forEach((group, groupIndex) => {
      const slotOfMvpd = new Map<number, number>();
      for (const leaf of group.leaves) {
        const mvpd = warehouse.catalogue.leaves[leaf]?.mvpdIndex ?? 0;
        let slot = slotOfMvpd.get(mvpd);
        if (slot === undefined) {
          slot = groupOfSlot.length;
          slotOfMvpd.set(mvpd, slot);
          groupOfSlot.push(groupIndex);
          mvpdOfSlot.push(mvpd);
        }
        leaves.push(leaf);
        slots.push(slot);
      }
    });
    this.#selection = { leaves: Int32Array.from(leaves), slots: Int32Array.from(slots), columns };
    this.#groupOfSlot = Int32Array.from(groupOfSlot);
    this.#mvpdOfSlot = Int32Array.from(mvpdOfSlot);
    this.#counts = new Float64Array(groupOfSlot.length * columns.length);
  }

  /** The groups in which anything happened, in their order, with the values of the metrics. */
  count(from: EpochMinute, to: EpochMinute): Counted[] {
    return this.#fold(from, to).map(({ group, sums, users }) => ({
      group,
      values: this.#metrics.map((metric) =>
        metric === 'active-users' || metric === 'users' ? users : (sums[this.#columnIndex(metric)] ?? 0),
      ),
    }));
  }

  /** For each group its users by level, from level 1. */
  countLevels(level: LevelDimension, from: EpochMinute, to: EpochMinute): Counted[] {
    return this.#fold(from, to).map(({ group, sums, users }) => {
      const approved = sums[0] ?? 0;
      const denied = sums[1] ?? 0;
      return {
        group,
        values: usersByLevel(level, users, level === 'activity-level' ? approved + denied : approved),
      };
    });
  }

  #columnIndex(metric: CountedMetric): number {
    return this.#selection.columns.indexOf(columnOf(metric));
  }

  #fold(from: EpochMinute, to: EpochMinute) {
    const counts = this.#counts.fill(0);
    this.#warehouse.count(from, to, this.#selection, counts);
    const width = this.#selection.columns.length;
    const { mvpds } = this.#warehouse.catalogue;
    const found: { group: number; sums: Float64Array; users: number }[] = [];
    let slot = 0;
    for (let group = 0; group < this.#groups; group++) {
      const sums = new Float64Array(width);
      let users = 0;
      for (; slot < this.#groupOfSlot.length && this.#groupOfSlot[slot] === group; slot++) {
        const row = slot * width;
        for (let c = 0; c < width; c++) sums[c] = (sums[c] ?? 0) + (counts[row + c] ?? 0);
        const mvpd = mvpds[this.#mvpdOfSlot[slot] ?? 0];
        users += distinctUsers(counts[row] ?? 0, mvpd?.dailySessions ?? 1);
      }
      if ((sums[0] ?? 0) + (sums[1] ?? 0) > 0) found.push({ group, sums, users });
    }
    return found;
  }
}
