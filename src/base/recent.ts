/** Slots for what comes again and again. */
const SLOTS = 256;
const MOST_CHARACTERS = 1024;

/** Keeps what was made of the last texts, within a bound: two texts may share a slot, and the later one has it then. */
export class Recent<Value> {
  readonly #slots = new Array<{ readonly text: string; readonly value: Value } | undefined>(SLOTS).fill(
    undefined,
  );

  get(text: string): Value | undefined {
    const known = this.#slots[slotOf(text)];
    return known !== undefined && known.text === text ? known.value : undefined;
  }

  /** Long texts are not kept. */
  set(text: string, value: Value): void {
    if (text.length <= MOST_CHARACTERS) this.#slots[slotOf(text)] = { text, value };
  }
}

/** Three looks at a text tell most of those that come in turn apart, and cost less than a look at all of it. */
const slotOf = (text: string): number => {
  const { length } = text;
  const end = text.charCodeAt(length - 1);
  return (
    (length * 31 + text.charCodeAt(length >> 1) * 7 + text.charCodeAt((length * 3) >> 2) * 3 + end) &
    (SLOTS - 1)
  );
};
