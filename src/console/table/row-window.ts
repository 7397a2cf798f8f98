/** The rows that a scrolled table needs in the page to look whole, and the space that stands for the others. */
export interface RowWindow {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
  /** Pixels. */
  readonly above: number;
  readonly below: number;
}

/** Rows kept ready above and below what can be seen, so that a quick scroll shows no gap. */
const SPARE = 12;

export const rowWindow = (
  rows: number,
  rowHeight: number,
  scrolled: number,
  visibleHeight: number,
): RowWindow => {
  const last = Math.max(0, rows - 1);
  const first = Math.max(0, Math.min(last, Math.floor(scrolled / rowHeight)) - SPARE);
  const end = Math.min(rows, Math.ceil((scrolled + visibleHeight) / rowHeight) + SPARE);
  return {
    first,
    end: Math.max(first, end),
    above: first * rowHeight,
    below: (rows - Math.max(first, end)) * rowHeight,
  };
};
