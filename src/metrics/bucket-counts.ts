/** What was counted, as plain values that another process can take. */
export interface BucketTotals {
  readonly counts: Float64Array;
  readonly sum: number;
}

/**
 * The counts of a histogram: how many values fell into each bucket, and their sum. Observing allocates nothing and
 * takes a few nanoseconds, as it happens at every request; adding up is left to whoever reads.
 */
export class BucketCounts {
  /** Upper bounds, inclusive, ascending. */
  readonly bounds: readonly number[];
  #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  /** How many values were at most each bound, and at the end how many there were: Prometheus' `le` buckets. */
  cumulative(): number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => {
      total += count;
      return total;
    });
  }

  /** What was counted since the last call. From here on it counts from nothing. */
  take(): BucketTotals {
    const taken = { counts: this.#counts, sum: this.#sum };
    this.#counts = new Float64Array(taken.counts.length);
    this.#sum = 0;
    return taken;
  }

  /** Adds what another one of the same bounds has counted. */
  add({ counts, sum }: BucketTotals): void {
    addTo(this.#counts, counts);
    this.#sum += sum;
  }
}

/** Adds up element by element; `more` has no more elements than `totals`. */
export const addTo = (totals: Float64Array, more: Float64Array): void => {
  for (const [index, count] of more.entries()) totals[index] = (totals[index] ?? 0) + count;
};
