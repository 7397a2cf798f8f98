/**
 * Collects what is to be done once all that the kernel told of in one go has been looked at. Writes are: the first wakes whoever reads, the
 * others find it awake, and waking is much of what a write costs (docs/performance.md). What happens alone waits for nothing.
 */
export class TurnQueue<Item> {
  readonly #run: (item: Item) => void;
  readonly #after: () => void;
  #items: Item[] = [];
  #isScheduled = false;
  readonly #onTurnEnd = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  /** @param after is called when all that had been collected is done */
  constructor(run: (item: Item) => void, after: () => void = () => {}) {
    this.#run = run;
    this.#after = after;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurnEnd);
  }

  /** Does at once what has been collected. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    for (const item of items) this.#run(item);
    if (this.#items.length === 0) this.#after();
  }
}
