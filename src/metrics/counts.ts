export type Counts = Map<string, number>;

export const count = (counts: Counts, name: string, times = 1): void => {
  counts.set(name, (counts.get(name) ?? 0) + times);
};

/** How many values fell into each bucket of a histogram, and their sum. */
export interface Buckets {
  readonly counts: Float64Array;
  sum: number;
}

export type Histograms = Map<number, Buckets>;

/**
 * Counts a value. It takes a few nanoseconds and allocates nothing but the first time, as it happens at every request;
 * adding up is left to whoever reads.
 * @param bounds upper bounds, inclusive, ascending
 */
export const observe = (
  histograms: Histograms,
  number: number,
  value: number,
  bounds: readonly number[],
): void => {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket++;
  const buckets = numbered(histograms, number, bounds.length + 1);
  buckets.counts[bucket] = (buckets.counts[bucket] ?? 0) + 1;
  buckets.sum += value;
};

/** Adds up what was counted with the same bounds, each in its own histogram. */
export const addHistograms = (histograms: Histograms, more: Histograms): void => {
  for (const [number, buckets] of more) {
    addBuckets(numbered(histograms, number, buckets.counts.length), buckets);
  }
};

export const sumOf = (several: Iterable<Buckets>, bounds: readonly number[]): Buckets => {
  const sum = noBuckets(bounds.length + 1);
  for (const buckets of several) addBuckets(sum, buckets);
  return sum;
};

/** How many values were at most each bound, and at the end how many there were: Prometheus' `le` buckets. */
export const cumulative = ({ counts }: Buckets): number[] => {
  let total = 0;
  return Array.from(counts, (count) => {
    total += count;
    return total;
  });
};

export const total = ({ counts }: Buckets): number => counts.reduce((sum, count) => sum + count, 0);

const noBuckets = (size: number): Buckets => ({ counts: new Float64Array(size), sum: 0 });

const numbered = (histograms: Histograms, number: number, size: number): Buckets => {
  let buckets = histograms.get(number);
  if (buckets === undefined) {
    buckets = noBuckets(size);
    histograms.set(number, buckets);
  }
  return buckets;
};

const addBuckets = (to: Buckets, { counts, sum }: Buckets): void => {
  to.sum += sum;
  for (const [bucket, count] of counts.entries()) to.counts[bucket] = (to.counts[bucket] ?? 0) + count;
};
