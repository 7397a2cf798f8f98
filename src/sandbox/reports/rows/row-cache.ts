import type { Row } from './row.ts';

/** Small reports that were computed before, as a real warehouse keeps its aggregates; the least used go first. */
export class RowCache {
  readonly #maxRows: number;
  readonly #entries = new Map<string, readonly (readonly Row[])[]>();
  #rows = 0;

  /** @param maxRows rows kept in all; a row takes a few hundred bytes. */
  constructor(maxRows = 20_000) {
    this.#maxRows = maxRows;
  }

  /** Whether a report of so many rows is worth keeping. */
  admits(rows: number): boolean {
    return rows * 10 <= this.#maxRows;
  }

  get(key: string): readonly (readonly Row[])[] | undefined {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, found);
    }
    return found;
  }

  set(key: string, batches: readonly (readonly Row[])[]): void {
    this.#entries.set(key, batches);
    this.#rows += sizeOf(batches);
    for (const [oldest, rows] of this.#entries) {
      if (this.#rows <= this.#maxRows) break;
      this.#entries.delete(oldest);
      this.#rows -= sizeOf(rows);
    }
  }
}

const sizeOf = (batches: readonly (readonly Row[])[]): number =>
  batches.reduce((sum, batch) => sum + batch.length, 1);
