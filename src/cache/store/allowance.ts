/** Bytes that several may use together. Whoever takes some gives them back. */
export class Allowance {
  readonly most: number;
  #taken = 0;

  /** @param most bytes */
  constructor(most: number) {
    this.most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** @returns whether there were as many left; if not, none are taken */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.most) return false;
    this.#taken += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}
