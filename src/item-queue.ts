/** Collects what is dealt with many at a time, which costs less than one by one between other work; after the writes of a turn, which others wait for. */
export class ItemQueue<Item> {
  readonly #deal: (items: readonly Item[]) => void;
  readonly #later: (flush: () => void) => void;
  #items: Item[] = [];
  #isWaiting = false;
  readonly #onTime = (): void => {
    this.#isWaiting = false;
    this.flush();
  };

  readonly #onTurnEnd = (): void => this.flush();

  /** @param later calls back after the longest time that an item may wait */
  constructor(deal: (items: readonly Item[]) => void, later: (flush: () => void) => void) {
    this.#deal = deal;
    this.#later = later;
  }

  add(item: Item): void {
    if (this.#items.push(item) === MANY_ITEMS) {
      setImmediate(this.#onTurnEnd);
    } else if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#later(this.#onTime);
    }
  }

  /** Deals with all that there are. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#deal(items);
  }
}

const MANY_ITEMS = 256;
