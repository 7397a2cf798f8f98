/** Collects what is dealt with together later: at the end of a turn, or after some time. */
export class ItemQueue<Item> {
  readonly #deal: (items: readonly Item[]) => void;
  readonly #later: (flush: () => void) => void;
  readonly #many: number;
  #items: Item[] = [];
  #isWaiting = false;
  readonly #onTime = (): void => {
    this.#isWaiting = false;
    this.flush();
  };
  readonly #onMany = (): void => this.flush();

  /**
   * @param later calls back after the longest time that an item may wait; `setImmediate` when all that the kernel told of in one go has been looked at
   * @param many so many items wait no longer than that
   */
  constructor(
    deal: (items: readonly Item[]) => void,
    later: (flush: () => void) => void,
    many = Number.POSITIVE_INFINITY,
  ) {
    this.#deal = deal;
    this.#later = later;
    this.#many = many;
  }

  add(item: Item): void {
    if (this.#items.push(item) === this.#many) {
      setImmediate(this.#onMany);
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
