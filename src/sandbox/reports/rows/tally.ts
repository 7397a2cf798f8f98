import { distinctUsers } from '../../warehouse/distinct.ts';
import type { Cell, Histogram } from '../../warehouse/histograms.ts';
import type { EpochMinute, Selection, Warehouse } from '../../warehouse/warehouse.ts';
import { columnOf, isCounted, type Metric } from '../cube/metrics.ts';
import type { Group } from './grouping.ts';

/** What a tally found for one group, if anything happened there. */
export interface Counted {
  readonly group: number;
  readonly values: readonly number[];
}

const ACTIVE = columnOf('active-sessions');
const FAILED = columnOf('failed-attempts');

/** What a histogram has for one group. */
export interface CountedCells {
  readonly group: number;
  readonly cells: readonly Cell[];
}

/** What to count. */
export interface TallyOptions {
  readonly groups: readonly Group[];
  readonly metrics: readonly Metric[];
  readonly histogram: Histogram | undefined;
  /** Minutes to add to a time of the query to have it in UTC. */
  readonly toUtc: number;
}

/** In the place of a column: the users, which are not counted but derived. */
const USERS = -1;

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
  /** For each metric its column of the counts, or `USERS`. */
  readonly #sources: readonly number[];
  readonly #counts: Float64Array;
  readonly #toUtc: number;

  constructor(warehouse: Warehouse, { groups, metrics, histogram, toUtc }: TallyOptions) {
    this.#warehouse = warehouse;
    this.#groups = groups.length;
    this.#toUtc = toUtc;
    const counted = [...metrics.filter(isCounted), ...(histogram?.needs ?? [])];
    const columns = Int32Array.from(new Set([ACTIVE, FAILED, ...counted.map(columnOf)]));
    this.#sources = metrics.map((metric) => (isCounted(metric) ? columns.indexOf(columnOf(metric)) : USERS));
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

  /**
   * The groups in which anything happened, in their order, with the values of the metrics; to be read to the end before
   * the next count. One by one, as what lives long enough in a report of a million rows makes V8 enlarge its young
   * generation.
   */
  *count(from: EpochMinute, to: EpochMinute): Generator<Counted> {
    for (const { group, row, users } of this.#fold(from, to)) {
      const value = (column: number) => (column === USERS ? users : (this.#counts[row + column] ?? 0));
      yield { group, values: this.#sources.map(value) };
    }
  }

  /** For each group the cells of a histogram; read as `count`. */
  *countCells(histogram: Histogram, from: EpochMinute, to: EpochMinute): Generator<CountedCells> {
    const needed = histogram.needs.map((metric) => this.#selection.columns.indexOf(columnOf(metric)));
    for (const { group, row, users } of this.#fold(from, to)) {
      const counts = needed.map((column) => this.#counts[row + column] ?? 0);
      yield { group, cells: histogram.cells(users, counts) };
    }
  }

  /** Counts, adds the slots of each group up in its first, and says where that is. */
  *#fold(from: EpochMinute, to: EpochMinute): Generator<{ group: number; row: number; users: number }> {
    const counts = this.#counts.fill(0);
    this.#warehouse.count(from + this.#toUtc, to + this.#toUtc, this.#selection, counts);
    const width = this.#selection.columns.length;
    const { mvpds } = this.#warehouse.catalogue;
    let slot = 0;
    for (let group = 0; group < this.#groups; group++) {
      const first = slot * width;
      let users = 0;
      for (; slot < this.#groupOfSlot.length && this.#groupOfSlot[slot] === group; slot++) {
        const row = slot * width;
        const mvpd = mvpds[this.#mvpdOfSlot[slot] ?? 0];
        users += distinctUsers(counts[row] ?? 0, mvpd?.dailySessions ?? 1);
        if (row === first) continue;
        for (let c = 0; c < width; c++) counts[first + c] = (counts[first + c] ?? 0) + (counts[row + c] ?? 0);
      }
      if ((counts[first] ?? 0) + (counts[first + 1] ?? 0) > 0) yield { group, row: first, users };
    }
  }
}
