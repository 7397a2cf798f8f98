import type { ConfigMistake } from './mistake.ts';

/** All that was given, nested as a file has it, where each part of it was, and what is wrong with it. */
export class GivenConfig {
  readonly mistakes: ConfigMistake[] = [];
  /** Keys whose value is not what was meant, as that is wrong: settings, and parts of entries. */
  readonly mistaken = new Set<string>();
  #root: unknown;
  readonly #lines: ReadonlyMap<string, string>;
  /** Of what came over the file. */
  readonly #sources = new Map<string, string>();

  /** @param lines of what the file gave, by whole keys (`routes[1].client`) */
  constructor(root: unknown = {}, lines: ReadonlyMap<string, string> = new Map()) {
    this.#root = root ?? {};
    this.#lines = lines;
  }

  valueAt(key: string): unknown {
    return valueIn(this.#root, key);
  }

  /** Where it was given: of what was left out, where that begins which lacks it. */
  sourceOf(key: string): string {
    return nearest(this.#sources, key) ?? nearest(this.#lines, key) ?? '';
  }

  /**
   * Gives a setting another value, or none. Where its section cannot be, that is a mistake already, and stays one.
   * @param source an environment variable, or `file:line`
   */
  put(key: string, value: unknown, source: string): void {
    this.#root = placed(this.#root, stepsOf(key), value);
    this.#sources.set(key, source);
  }

  wrong(key: string, mistake: Pick<ConfigMistake, 'given' | 'expected'>): void {
    this.mistakes.push({ key, source: this.sourceOf(key), ...mistake });
    this.mistaken.add(key);
  }
}

export const stepsOf = (key: string): string[] => key.match(/[^.[\]]+/g) ?? [];

export const valueIn = (root: unknown, key: string): unknown =>
  stepsOf(key).reduce((value: unknown, step) => Object(value)[step], root);

/** A copy with the value in it: with aliases in YAML a section may stand in several places. */
const placed = (section: unknown, [step = '', ...rest]: readonly string[], value: unknown): unknown => {
  if (!isMapping(section ?? {})) return section;
  const members = Object(section ?? {});
  return { ...members, [step]: rest.length === 0 ? value : placed(members[step], rest, value) };
};

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is known of the key, or of the least that holds it. */
const nearest = (known: ReadonlyMap<string, string>, key: string): string | undefined => {
  for (let at = key; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
    const found = known.get(at);
    if (found !== undefined) return found;
  }
  return known.get('');
};
