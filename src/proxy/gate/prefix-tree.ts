/** A piece of path that all prefixes below it have in common. */
interface Node<R> {
  readonly text: string;
  /** What has its prefix end here. */
  readonly value: R | undefined;
  /** By the character code that follows; `undefined` where nothing does. */
  readonly next: readonly (Node<R> | undefined)[] | undefined;
}

const SLASH = 0x2f;
const QUESTION = 0x3f;

/**
 * Finds the longest of many path prefixes that a request target is under, whatever their number, and without an allocation: a
 * radix tree (nginx finds its locations so). With one prefix it is one comparison.
 */
export class PrefixTree<R extends { readonly prefix: string }> {
  readonly #root: Node<R> | undefined;

  /** @param values each with a prefix of ASCII without a slash at the end; of two with the same, the first counts */
  constructor(values: readonly R[]) {
    const [first] = values;
    this.#root = first === undefined ? undefined : nodeOf(values, 0, first.prefix);
  }

  /** What `raw` is under: the prefix itself, or the prefix followed by `/` or `?`; compared byte for byte. */
  find(raw: string): R | undefined {
    let found: R | undefined;
    let node = this.#root;
    let at = 0;
    while (node !== undefined && raw.startsWith(node.text, at)) {
      at += node.text.length;
      if (at === raw.length) return node.value ?? found;
      const code = raw.charCodeAt(at);
      if (node.value !== undefined && (code === SLASH || code === QUESTION)) found = node.value;
      if (node.next === undefined) return found;
      node = node.next[code];
    }
    return found;
  }
}

/** @param values that are the same up to `start`  @param sample the prefix of one of them */
const nodeOf = <R extends { readonly prefix: string }>(
  values: readonly R[],
  start: number,
  sample: string,
): Node<R> => {
  let end = start;
  while (
    end < sample.length &&
    values.every(({ prefix }) => prefix.charCodeAt(end) === sample.charCodeAt(end))
  )
    end++;
  const longer = Map.groupBy(
    values.filter(({ prefix }) => prefix.length > end),
    ({ prefix }) => prefix.charCodeAt(end),
  );
  const next = new Array<Node<R> | undefined>(longer.size === 0 ? 0 : 128).fill(undefined);
  for (const [code, below] of longer) next[code] = nodeOf(below, end, below[0]?.prefix ?? '');
  return {
    text: sample.slice(start, end),
    value: values.find(({ prefix }) => prefix.length === end),
    next: longer.size === 0 ? undefined : next,
  };
};
