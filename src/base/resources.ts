/** What was opened, to be closed in the opposite order: the `AsyncDisposableStack` that Node.js 22 does not have. */
export class Resources implements AsyncDisposable {
  #closers: (() => unknown)[] = [];

  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Takes everything out of the scope that has opened it. */
  move(): Resources {
    const moved = new Resources();
    moved.#closers = this.#closers;
    this.#closers = [];
    return moved;
  }

  /** Closes everything, once. @throws the first of what was thrown */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
