/** The figures of a run: case → server → metric → one value a round. Purely a table; filled by `run.ts`. */
export class Samples {
  readonly #values = new Map<string, number[]>();
  readonly #failures = new Map<string, string>();

  add(caseName: string, peer: string, figures: Readonly<Record<string, number>>): void {
    for (const [metric, value] of Object.entries(figures)) {
      const key = keyOf(caseName, peer, metric);
      const values = this.#values.get(key) ?? [];
      values.push(value);
      this.#values.set(key, values);
    }
  }

  /** Remembers why a server has no figure in a case. */
  fail(caseName: string, peer: string, reason: string): void {
    this.#failures.set(keyOf(caseName, peer, ''), reason);
  }

  failure(caseName: string, peer: string): string | undefined {
    return this.#failures.get(keyOf(caseName, peer, ''));
  }

  /** undefined if it was not measured. */
  summary(caseName: string, peer: string, metric: string): Summary | undefined {
    const values = this.#values.get(keyOf(caseName, peer, metric));
    return values === undefined ? undefined : summarize(values);
  }
}

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

/** The median (the mean of the middle two of an even number) and the spread. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = sorted.length / 2;
  return {
    median: Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle)),
    least: at(0),
    most: at(sorted.length - 1),
    rounds: sorted.length,
  };
}
