/** Questions that several are asked at once, and whose answers are added up. Who leaves owes none. */
export class Questions<Asked> {
  readonly #open = new Map<number, { readonly owing: Set<Asked>; sum: number; done(sum: number): void }>();
  #count = 0;

  /** @returns the question's number, and what the answers add up to once nobody owes one */
  open(asked: Iterable<Asked>): { readonly ask: number; readonly answered: Promise<number> } {
    this.#count += 1;
    const ask = this.#count;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#open.set(ask, { owing: new Set(asked), sum: 0, done: resolve });
    this.#settle(ask);
    return { ask, answered: promise };
  }

  answer(ask: number, from: Asked, result: number): void {
    const question = this.#open.get(ask);
    if (question?.owing.delete(from) !== true) return;
    question.sum += result;
    this.#settle(ask);
  }

  leave(who: Asked): void {
    for (const [ask, { owing }] of this.#open) {
      owing.delete(who);
      this.#settle(ask);
    }
  }

  #settle(ask: number): void {
    const question = this.#open.get(ask);
    if (question === undefined || question.owing.size > 0) return;
    this.#open.delete(ask);
    question.done(question.sum);
  }
}
