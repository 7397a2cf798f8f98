import { isSecret, type Setting, twinOf } from '../settings/settings.ts';

/** A value that someone gave for a setting, and where: an environment variable, or `file:line`. */
export interface Given {
  readonly value: unknown;
  readonly source: string;
  /** Where the parts of a list or mapping were given, by their whole keys (`routes[1].client`), if that is known. */
  readonly parts?: ReadonlyMap<string, string>;
}

/** What one source of configuration gave, by key of the setting. */
export type Layer = ReadonlyMap<string, Given>;

/**
 * Puts `upper` over `lower`. A secret and the file that holds it are two spellings of one setting: where
 * the upper layer gives either, the lower one's is out of the way.
 */
export function overlay(settings: readonly Setting[], lower: Layer, upper: Layer): Map<string, Given> {
  const merged = new Map(lower);
  for (const { key, schema } of settings) {
    if (!isSecret(schema)) continue;
    if (upper.has(key)) merged.delete(twinOf(key));
    if (upper.has(twinOf(key))) merged.delete(key);
  }
  for (const [key, given] of upper) merged.set(key, given);
  return merged;
}

/** Where a setting or a part of it was given: of a part that was left out, where that begins which lacks it. */
export function sourceOf({ source, parts }: Given, key: string): string {
  for (let at = key; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
    const found = parts?.get(at);
    if (found !== undefined) return found;
  }
  return source;
}
