export interface Slotted {
  /** Its place; -1 while it stands nowhere. */
  slot: number;
}

/**
 * An unordered collection that things enter and leave at a high rate. A `Set` that is filled and emptied all the time
 * leaves a chain of outgrown tables behind, through which dead entries keep each other alive until a full collection:
 * 6 KB a request here.
 */
export class Slots<T extends Slotted> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** Harmless for what stands nowhere. The last one takes the free place. */
  delete(item: T): void {
    const { slot } = item;
    if (slot === -1) return;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
    }
    item.slot = -1;
  }

  /** A copy, so that what happens to one item may remove others. */
  all(): readonly T[] {
    return [...this.#items];
  }
}
