/** Figures laid on each other, from the bottom up. */
export interface Stack {
  /** For each series the upper edge of its area. */
  readonly edges: readonly (readonly (number | null)[])[];
}

/**
 * Adds each series to those before it.
 * @param isShare each place adds up to 1 instead; a place where nothing happened stays empty
 */
export const stacked = (series: readonly (readonly (number | null)[])[], isShare: boolean): Stack => {
  const length = series[0]?.length ?? 0;
  const sums = Array.from({ length }, (_, at) => series.reduce((sum, it) => sum + (it[at] ?? 0), 0));
  const below = Array.from({ length }, () => 0);
  const edges = series.map((figures) =>
    figures.map((figure, at) => {
      const sum = sums[at] ?? 0;
      if (isShare && sum === 0) return null;
      below[at] = (below[at] ?? 0) + (figure ?? 0);
      return isShare ? (below[at] ?? 0) / sum : (below[at] ?? 0);
    }),
  );
  return { edges };
};
