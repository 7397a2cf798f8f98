/** Counts by name. What was counted is taken from one process, and added up in another. */
export class Counts {
  #byName = new Map<string, number>();

  count(name: string, times = 1): void {
    this.#byName.set(name, this.of(name) + times);
  }

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  entries(): Iterable<readonly [name: string, count: number]> {
    return this.#byName;
  }

  /** What was counted since the last call. From here on it counts from nothing. */
  take(): ReadonlyMap<string, number> {
    const taken = this.#byName;
    this.#byName = new Map();
    return taken;
  }

  add(taken: ReadonlyMap<string, number>): void {
    for (const [name, times] of taken) this.count(name, times);
  }
}

/** How many values fell into each bucket of a histogram, and their sum. */
export interface Buckets {
  readonly counts: Float64Array;
  sum: number;
}

/**
 * Histograms of the same buckets, by number. Observing takes a few nanoseconds and allocates nothing but the first
 * time, as it happens at every request; adding up is left to whoever reads.
 */
export class Histograms {
  readonly #bounds: readonly number[];
  #byNumber = new Map<number, Buckets>();

  /** @param bounds upper bounds, inclusive, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  observe(number: number, value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket++;
    const { counts } = this.#add(number, value);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }

  count(number: number): number {
    return this.#byNumber.get(number)?.counts.reduce((total, count) => total + count, 0) ?? 0;
  }

  /** Several of them added up. */
  sumOf(numbers: Iterable<number>): Buckets {
    const whole = new Histograms(this.#bounds);
    for (const number of numbers) {
      const buckets = this.#byNumber.get(number);
      if (buckets !== undefined) whole.add(new Map([[0, buckets]]));
    }
    return whole.#add(0, 0);
  }

  /** What was counted since the last call. From here on it counts from nothing. */
  take(): ReadonlyMap<number, Buckets> {
    const taken = this.#byNumber;
    this.#byNumber = new Map();
    return taken;
  }

  /** @param taken from others of the same bounds */
  add(taken: ReadonlyMap<number, Buckets>): void {
    for (const [number, more] of taken) {
      const { counts } = this.#add(number, more.sum);
      for (const [bucket, count] of more.counts.entries()) counts[bucket] = (counts[bucket] ?? 0) + count;
    }
  }

  #add(number: number, value: number): Buckets {
    let buckets = this.#byNumber.get(number);
    if (buckets === undefined) {
      buckets = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 };
      this.#byNumber.set(number, buckets);
    }
    buckets.sum += value;
    return buckets;
  }
}

/** How many values were at most each bound, and at the end how many there were: Prometheus' `le` buckets. */
export const cumulative = ({ counts }: Buckets): number[] => {
  let total = 0;
  return Array.from(counts, (count) => {
    total += count;
    return total;
  });
};
