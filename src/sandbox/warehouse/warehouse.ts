import { buildCatalogue, CATEGORIES, type Catalogue, DEVICES } from './catalogue.ts';
import { between, mix, unit } from './hash.ts';
import { type MonthRhythm, monthRhythm, RHYTHMS, rhythmIndex } from './rhythm.ts';
import { PERIOD, type SessionPattern, sessionPattern, WIDTH } from './session-pattern.ts';

/** Minutes since 1970-01-01T00:00Z: the finest time that the warehouse knows. */
export type EpochMinute = number;

const MINUTE_MS = 60_000;
const EMPTY_PATTERN: SessionPattern = new Int32Array((PERIOD + 1) * WIDTH);

/** Which leaves are counted, and where: leaf `leaves[i]` adds to row `slots[i]` of the counts. */
export interface Selection {
  readonly leaves: Int32Array;
  readonly slots: Int32Array;
  /** Columns of `COUNTED_METRICS` that are wanted; the counts hold them in this order. */
  readonly columns: Int32Array;
}

interface Month extends MonthRhythm {
  readonly start: EpochMinute;
  readonly end: EpochMinute;
  /** For each leaf: how many attempts the month has. */
  readonly attempts: Int32Array;
  /** For each leaf: where between two whole attempts it begins, so that small leaves do not all round alike. */
  readonly phase: Float64Array;
  /** For each leaf: where in its pattern of outcomes the month begins. */
  readonly offset: Int32Array;
}

const monthOf = (minute: EpochMinute): number => {
  const date = new Date(minute * MINUTE_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/**
 * A data set of viewing sessions that is computed, not stored. Every leaf has a number of attempts a month; the rhythm
 * says which of them fall before any given minute, and the pattern what became of them. A count over any time range
 * and any set of leaves is therefore an exact count over the same sessions, at a cost that does not grow with the
 * range.
 */
export class Warehouse {
  readonly catalogue: Catalogue;
  readonly #seed: number;
  readonly #rhythmOfLeaf: Int32Array;
  readonly #patternOfLeaf: readonly SessionPattern[];
  readonly #months = new Map<number, Month>();
  readonly #kept: number;

  /** @param kept months whose tables stay in memory (about 160 kB each). */
  constructor(options: {
    readonly seed: number;
    readonly tenants: readonly string[];
    readonly kept?: number;
  }) {
    this.#seed = options.seed;
    this.#kept = options.kept ?? 30;
    this.catalogue = buildCatalogue(options.seed, options.tenants);
    const { leaves } = this.catalogue;
    this.#rhythmOfLeaf = Int32Array.from(leaves, ({ viewing }) => rhythmIndex(viewing));
    const patterns = new Map(
      CATEGORIES.flatMap((category) =>
        DEVICES.map(
          (device) => [`${category}/${device}`, sessionPattern(category, device, options.seed)] as const,
        ),
      ),
    );
    this.#patternOfLeaf = leaves.map(
      ({ viewing: { category, device } }) => patterns.get(`${category}/${device}`) ?? EMPTY_PATTERN,
    );
  }

  /** Adds what happened in [from, to) to `counts`, which has a row of `columns.length` for every slot. */
  count(from: EpochMinute, to: EpochMinute, selection: Selection, counts: Float64Array): void {
    for (let at = from; at < to; ) {
      const month = this.#month(monthOf(at));
      const end = Math.min(to, month.end);
      this.#countWithin(month, at - month.start, end - month.start, selection, counts);
      at = end;
    }
  }

  /** `from` and `to` are minutes of the month. */
  #countWithin(month: Month, from: number, to: number, selection: Selection, counts: Float64Array): void {
    const { leaves, slots, columns } = selection;
    const width = columns.length;
    const begun = shareBegun(month, from);
    const ended = shareBegun(month, to);
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i] ?? 0;
      const rhythm = this.#rhythmOfLeaf[leaf] ?? 0;
      const attempts = month.attempts[leaf] ?? 0;
      const phase = month.phase[leaf] ?? 0;
      const first = Math.floor(attempts * (begun[rhythm] ?? 0) + phase);
      const last = Math.floor(attempts * (ended[rhythm] ?? 0) + phase);
      if (first === last) continue;
      const pattern = this.#patternOfLeaf[leaf] ?? EMPTY_PATTERN;
      const offset = month.offset[leaf] ?? 0;
      const low = offset + first;
      const high = offset + last;
      const rounds = Math.floor(high / PERIOD) - Math.floor(low / PERIOD);
      const lowRow = (low % PERIOD) * WIDTH;
      const highRow = (high % PERIOD) * WIDTH;
      const row = (slots[i] ?? 0) * width;
      for (let c = 0; c < width; c++) {
        const column = columns[c] ?? 0;
        counts[row + c] =
          (counts[row + c] ?? 0) +
          (pattern[highRow + column] ?? 0) -
          (pattern[lowRow + column] ?? 0) +
          rounds * (pattern[PERIOD * WIDTH + column] ?? 0);
      }
    }
  }

  #month(index: number): Month {
    const known = this.#months.get(index);
    if (known !== undefined) return known;
    const built = this.#buildMonth(index);
    this.#months.set(index, built);
    for (const oldest of this.#months.keys()) {
      if (this.#months.size <= this.#kept) break;
      this.#months.delete(oldest);
    }
    return built;
  }

  #buildMonth(index: number): Month {
    const startMs = Date.UTC(Math.floor(index / 12), index % 12, 1);
    const endMs = Date.UTC(Math.floor(index / 12), (index % 12) + 1, 1);
    const rhythm = monthRhythm(this.#seed, startMs, endMs);
    const { leaves } = this.catalogue;
    const attempts = new Int32Array(leaves.length);
    const phase = new Float64Array(leaves.length);
    const offset = new Int32Array(leaves.length);
    leaves.forEach((leaf, i) => {
      const hash = mix(leaf.hash, index);
      const size = rhythm.size[this.#rhythmOfLeaf[i] as number] ?? 0;
      attempts[i] = Math.round(leaf.dailySessions * size * between(mix(hash, 1), 0.96, 1.04));
      phase[i] = unit(mix(hash, 2));
      offset[i] = mix(hash, 3) % PERIOD;
    });
    return { ...rhythm, start: startMs / MINUTE_MS, end: endMs / MINUTE_MS, attempts, phase, offset };
  }
}

/** For each rhythm the share of the month's attempts before a minute of the month. */
function shareBegun(month: Month, minute: number): Float64Array {
  const { hours, cumulative } = month;
  const hour = Math.floor(minute / 60);
  const part = (minute % 60) / 60;
  const shares = new Float64Array(RHYTHMS.length);
  for (let rhythm = 0; rhythm < RHYTHMS.length; rhythm++) {
    const at = rhythm * (hours + 1) + hour;
    const before = cumulative[at] ?? 0;
    shares[rhythm] = part === 0 ? before : before + ((cumulative[at + 1] ?? 0) - before) * part;
  }
  return shares;
}
