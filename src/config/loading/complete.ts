import type { TObject, TSchema } from 'typebox';
import { Decode } from 'typebox/value';
import { type Config, ConfigSchema } from '../settings/schema.ts';
import { defaultOf, isSection, settingsOf } from '../settings/settings.ts';

import { completeEntries, isEntryList, isWrong } from './entries.ts';
import type { Layer } from './given.ts';

export interface CompleteConfig {
  readonly config: Config;
  /** Keys whose value in `config` is not what was meant, as that is wrong: settings, and parts of entries. */
  readonly unsettled: ReadonlySet<string>;
}

/**
 * The whole configuration, with the default wherever nothing was given, or something wrong.
 * @param mistaken keys of all mistakes
 */
export function completeConfig(given: Layer, mistaken: ReadonlySet<string>): CompleteConfig {
  const schemas = new Map(settingsOf(ConfigSchema).map(({ key, schema }) => [key, schema]));
  const unsettled = new Set(mistaken);

  const settledAt = (key: string): unknown => {
    const schema = schemas.get(key);
    return schema === undefined ? undefined : settled(key, schema);
  };
  const settled = (key: string, schema: TSchema): unknown => {
    const it = given.get(key);
    if (it === undefined) return defaultOf(schema);
    if (isEntryList(schema) && Array.isArray(it.value)) {
      const entries = completeEntries(schema, it.value, key, { wrong: mistaken, settled: settledAt });
      if (entries !== undefined) return entries;
    } else if (!isWrong(key, mistaken)) return it.value;
    unsettled.add(key);
    return defaultOf(schema);
  };
  const build = (section: TObject, path: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(section.properties).map(([name, schema]) => {
        const here = [...path, name];
        return [name, isSection(schema) ? build(schema, here) : settled(here.join('.'), schema)];
      }),
    );
  return { config: Decode(ConfigSchema, build(ConfigSchema, [])), unsettled };
}
