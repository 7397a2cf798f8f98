import Type, { type TObject, type TSchema } from 'typebox';
import { defaultOf, isSection, keyword } from '../settings/settings.ts';
import { isMapping, mayBeLeftOut } from './check-values.ts';

/** What is known when entries of lists are completed. */
export interface EntryContext {
  /** Keys of the parts that are wrong, such as `routes[1].upstream.url`. */
  readonly wrong: ReadonlySet<string>;
  /**
   * The value that holds for a setting outside of lists, as it would stand in a file; `undefined` if there is no such
   * setting.
   */
  readonly settled: (key: string) => unknown;
}

/** Whether a setting is a list of mappings, such as `routes`. */
export const isEntryList = (schema: TSchema): schema is TSchema & { readonly items: TObject } =>
  Type.IsArray(schema) && Type.IsObject(schema.items);

/**
 * The list with all that its entries leave out: what is inherited from a section, else the default. Parts that are
 * wrong are left out too, so that all the others can still be judged.
 * @returns `undefined` if a part is wrong that can not be left out
 */
export function completeEntries(
  { items }: { readonly items: TObject },
  entries: readonly unknown[],
  key: string,
  context: EntryContext,
): unknown[] | undefined {
  const complete: unknown[] = [];
  for (const [index, entry] of entries.entries()) {
    const whole = completed(items, entry, `${key}[${index}]`, undefined, context);
    if (whole === undefined) return undefined;
    complete.push(whole);
  }
  return complete;
}

/** @param inherits the section whose settings hold where the entry has none */
function completed(
  schema: TObject,
  entry: unknown,
  key: string,
  inherits: string | undefined,
  context: EntryContext,
): Record<string, unknown> | undefined {
  const given = isMapping(entry) ? entry : {};
  const whole: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(schema.properties)) {
    const here = `${key}.${name}`;
    const from = keyword(part, 'inherits') ?? (inherits && `${inherits}.${name}`);
    if (isSection(part)) {
      const section = completed(part, given[name], here, from, context);
      if (section === undefined) return undefined;
      whole[name] = section;
    } else if (name in given && !isWrong(here, context.wrong)) {
      whole[name] = given[name];
    } else if (mayBeLeftOut(part)) {
      const value = (from && context.settled(from)) ?? defaultOf(part);
      if (value !== undefined) whole[name] = value;
    } else {
      return undefined;
    }
  }
  return whole;
}

/** Whether this or something within it is wrong. */
export const isWrong = (key: string, wrong: ReadonlySet<string>): boolean => {
  for (const it of wrong) {
    if (it === key || it.startsWith(`${key}.`) || it.startsWith(`${key}[`)) return true;
  }
  return false;
};
