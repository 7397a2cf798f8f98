/** A record of a report. */
export interface Row {
  /** Values of the query's dimensions, in their order. */
  readonly dimensions: readonly string[];
  /** Values of the query's metrics, in their order. */
  readonly metrics: readonly number[];
}
