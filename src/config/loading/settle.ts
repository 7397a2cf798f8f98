import Type, { type TObject, type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import {
  defaultOf,
  expectationOf,
  holdsSecret,
  isEntryList,
  isSection,
  keyword,
} from '../settings/settings.ts';
import { type GivenConfig, isMapping, valueIn } from './given.ts';
import { printable, unknownName } from './mistake.ts';

/**
 * The whole configuration: of each setting, and of each part of an entry, what was given, else what it inherits from a
 * section, else its default. What is wrong is a mistake, told part by part down to single values, and left out, so that
 * all the others can still be judged: whoever fixes a configuration wants to know of all mistakes at once.
 */
export function settle(schema: TObject, given: GivenConfig): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};

  const fits = (part: TSchema, value: unknown, key: string): boolean => {
    if (Type.IsArray(part) && Array.isArray(value)) {
      return allOf(value.entries(), ([index, item]) => fits(part.items, item, `${key}[${index}]`));
    }
    if (Type.IsRecord(part) && isMapping(value)) {
      return allOf(Object.entries(value), ([name, text]) => fits(Type.String(), text, `${key}.${name}`));
    }
    if (Check(part, value)) return true;
    const secret = holdsSecret(part);
    given.wrong(key, { given: printable(value, { secret }), expected: `expected ${expectationOf(part)}` });
    return false;
  };

  /** @returns `undefined` if nothing is given, or something wrong */
  const setting = (part: TSchema, value: unknown, key: string): unknown => {
    if (value === undefined) return undefined;
    if (isEntryList(part) && Array.isArray(value)) {
      const items = value.map((item, index) => {
        const here = `${key}[${index}]`;
        const entry = {};
        const isWhole = isMapping(item) ? fill(entry, part.items, item, here) : fits(part.items, item, here);
        return isWhole ? entry : undefined;
      });
      if (!items.includes(undefined)) return items;
    } else if (fits(part, value, key)) return value;
    given.mistaken.add(key);
    return undefined;
  };

  /** @param inherits the section whose settings hold where there is none @returns whether nothing is missing */
  const fill = (
    whole: Record<string, unknown>,
    section: TObject,
    value: unknown,
    key: string,
    inherits?: string,
  ): boolean => {
    // `null` is what an editor leaves of a section whose settings are all commented out.
    const members = value ?? {};
    if (!isMapping(members)) return !fits(section, value, key) && fill(whole, section, {}, key, inherits);
    const names = Object.keys(section.properties);
    for (const name of Object.keys(members)) {
      // The value is not shown: a secret under a misspelt name is as likely as anything.
      const here = within(key, name);
      const known = names.map((it) => within(key, it));
      if (!known.includes(here)) given.wrong(here, { expected: unknownName(here, known) });
    }
    // Lists last: their entries inherit from sections.
    const parts = Object.entries(section.properties).sort(
      ([, one], [, other]) => Number(isEntryList(one)) - Number(isEntryList(other)),
    );
    return allOf(parts, ([name, part]) => {
      const here = within(key, name);
      const heir = keyword(part, 'inherits') ?? (inherits && within(inherits, name));
      if (isSection(part)) {
        const inner = {};
        whole[name] = inner;
        return fill(inner, part, members[name], here, heir);
      }
      const own = setting(part, members[name], here) ?? (heir && valueIn(values, heir)) ?? defaultOf(part);
      if (own !== undefined) whole[name] = own;
      else if (members[name] === undefined && !mayBeLeftOut(part)) {
        given.wrong(here, { expected: `expected ${expectationOf(part)}` });
      }
      return own !== undefined || mayBeLeftOut(part);
    });
  };
  fill(values, schema, given.valueAt(''), '');
  return values;
}

const within = (key: string, name: string): string => (key === '' ? name : `${key}.${name}`);

/** As `every`, but none of them goes unjudged. */
const allOf = <T>(items: Iterable<T>, judge: (item: T) => boolean): boolean =>
  Array.from(items, judge).every(Boolean);

/** Whether an entry is whole without this part: it has a default, or is nothing that is needed. */
export const mayBeLeftOut = (schema: TSchema): boolean => 'default' in schema || Type.IsOptional(schema);
