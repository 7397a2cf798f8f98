import type { TObject, TSchema } from 'typebox';
import { Decode } from 'typebox/value';
import { type Config, ConfigSchema } from '../settings/schema.ts';
import { defaultOf, isEntryList, isSection, keyword, settingsOf } from '../settings/settings.ts';
import { isMapping, mayBeLeftOut } from './check-values.ts';
import type { Layer } from './given.ts';

export interface CompleteConfig {
  readonly config: Config;
  /** Keys whose value in `config` is not what was meant, as that is wrong: settings, and parts of entries. */
  readonly unsettled: ReadonlySet<string>;
}

/**
 * The whole configuration: of each setting, and of each part of an entry, what was given, else what it inherits from a
 * section, else its default. What is wrong is left out, so that all the others can still be judged.
 * @param mistaken keys of all mistakes
 */
export function completeConfig(given: Layer, mistaken: ReadonlySet<string>): CompleteConfig {
  const schemas = new Map(settingsOf(ConfigSchema).map(({ key, schema }) => [key, schema]));
  const unsettled = new Set(mistaken);

  /** @returns `undefined` if nothing is given, or something wrong */
  const settled = (schema: TSchema, value: unknown, key: string): unknown => {
    if (value === undefined) return undefined;
    if (isEntryList(schema) && Array.isArray(value)) {
      const entries = value.map((entry, index) => completed(schema.items, entry, `${key}[${index}]`));
      if (!entries.includes(undefined)) return entries;
    } else if (!isWrong(key, mistaken)) return value;
    unsettled.add(key);
    return undefined;
  };
  const settledAt = (key: string): unknown => {
    const schema = schemas.get(key);
    return schema && (settled(schema, given.get(key)?.value, key) ?? defaultOf(schema));
  };
  /**
   * @param inherits the section whose settings hold where there is none
   * @returns `undefined` if a part is wrong or missing that cannot be left out
   */
  const completed = (schema: TObject, from: unknown, key: string, inherits?: string): unknown => {
    const whole: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(schema.properties)) {
      const here = key === '' ? name : `${key}.${name}`;
      const heir = keyword(part, 'inherits') ?? (inherits && `${inherits}.${name}`);
      const own = from === given ? given.get(here)?.value : isMapping(from) ? from[name] : undefined;
      const value = isSection(part)
        ? completed(part, from === given ? given : own, here, heir)
        : (settled(part, own, here) ?? (heir && settledAt(heir)) ?? defaultOf(part));
      if (value !== undefined) whole[name] = value;
      else if (!mayBeLeftOut(part)) return undefined;
    }
    return whole;
  };
  return { config: Decode(ConfigSchema, completed(ConfigSchema, given, '')), unsettled };
}

/** Whether this or something within it is wrong. */
const isWrong = (key: string, wrong: ReadonlySet<string>): boolean =>
  [...wrong].some((it) => it === key || it.startsWith(`${key}.`) || it.startsWith(`${key}[`));
