/** What became of one call. */
export type Outcome =
  /** A whole report, and the right one. */
  | { readonly kind: 'report' }
  /** A problem of the proxy's own that says what is wrong (`name`), or an answer of the API that is not 200. */
  | { readonly kind: 'told'; readonly as: string }
  /** The body broke off after its head: the API tore it, and so did the proxy. */
  | { readonly kind: 'torn' }
  /** Nobody listened: the process was between two lives. */
  | { readonly kind: 'refused' }
  /** The process was up, and no answer came, or a wrong one. Nothing explains it. */
  | { readonly kind: 'lost'; readonly why: string };

/** Counts every call. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  readonly #durations: number[] = [];
  /** Calls that were sent again since a kept connection had been closed meanwhile (RFC 9110 §9.2.2). */
  repeated = 0;

  count(outcome: Outcome, milliseconds: number): void {
    increment(this.#counts, outcome.kind === 'told' ? `told: ${outcome.as}` : outcome.kind);
    if (outcome.kind === 'lost') increment(this.#lost, outcome.why);
    if (outcome.kind === 'report') this.#durations.push(milliseconds);
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return sum(this.#counts.values());
  }

  get told(): number {
    return sum([...this.#counts].filter(([kind]) => kind.startsWith('told')).map(([, count]) => count));
  }

  /** Lines of name and count, most frequent first. */
  lines(): string[] {
    return [...this.#counts, ...[...this.#lost].map(([why, count]) => [`lost: ${why}`, count] as const)]
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => `${String(count).padStart(9)}  ${kind}`);
  }

  /** The duration that this share of the reports did not exceed, in milliseconds. */
  percentile(share: number): number {
    const sorted = this.#durations.sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  }
}

const increment = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};
