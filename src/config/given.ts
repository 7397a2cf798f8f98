import { isSecret, type Setting, twinOf } from './settings.ts';

/** A value that someone gave for a setting, and where: an environment variable, or `file:line`. */
export interface Given {
  readonly value: unknown;
  readonly source: string;
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
