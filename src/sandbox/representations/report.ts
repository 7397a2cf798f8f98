import type { Dimension } from '../reports/cube/dimensions.ts';
import type { Metric } from '../reports/cube/metrics.ts';
import type { Row } from '../reports/rows/row.ts';

export interface Link {
  readonly href: string;
  /** Not in the documentation's links. */
  readonly name?: string;
}

/** A computed report and where it leads, before it has a media type. */
export interface Report {
  readonly self: string;
  readonly rollUp: Link | undefined;
  readonly drillDown: readonly Link[];
  readonly dimensions: readonly Dimension[];
  readonly metrics: readonly Metric[];
  /** Whether the header row of a CSV has capitals, as on one page (docs/adobe.md §8). */
  readonly capitalHeaders: boolean;
  /** Read once, as far as the reader of the answer keeps up. */
  readonly batches: Iterable<readonly Row[]>;
}

/** Writes a report as text, piece by piece. */
export type Renderer = (report: Report) => Generator<string>;
