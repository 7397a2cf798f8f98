import Type, { type TObject, type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { holdsSecret, isSection, type Setting } from '../settings/settings.ts';
import { expectationOf } from './expectation.ts';
import { type Given, sourceOf } from './given.ts';
import { type ConfigMistake, printable, unknownName } from './mistake.ts';

/**
 * Judges what was given against each setting's schema, part by part down to single values: whoever fixes a
 * configuration wants to know of all mistakes at once.
 */
export function wrongValues(
  settings: readonly Setting[],
  given: ReadonlyMap<string, Given>,
): ConfigMistake[] {
  return settings.flatMap(({ key, schema }) => {
    const it = given.get(key);
    return it === undefined
      ? []
      : wrongParts(schema, it.value, key).map((part) => ({ ...part, source: sourceOf(it, part.key) }));
  });
}

type WrongPart = Omit<ConfigMistake, 'source'>;

function wrongParts(schema: TSchema, value: unknown, key: string): WrongPart[] {
  if (Type.IsArray(schema) && Array.isArray(value)) {
    return value.flatMap((item, index) => wrongParts(schema.items, item, `${key}[${index}]`));
  }
  if (Type.IsObject(schema) && isMapping(value)) return wrongMembers(schema, value, key);
  if (Type.IsRecord(schema) && isMapping(value)) {
    return Object.entries(value).flatMap(([name, text]) =>
      typeof text === 'string' ? [] : [unexpected(Type.String(), text, `${key}.${name}`)],
    );
  }
  return Check(schema, value) ? [] : [unexpected(schema, value, key)];
}

function wrongMembers(schema: TObject, value: Readonly<Record<string, unknown>>, key: string): WrongPart[] {
  const unknown = Object.keys(value)
    .filter((name) => !Object.hasOwn(schema.properties, name))
    .map((name) => unknownMember(name, schema, key));
  const known = Object.entries(schema.properties).flatMap(([name, part]) => {
    const here = `${key}.${name}`;
    // What an editor leaves of a section whose settings are all commented out.
    if (isSection(part) && (value[name] ?? null) === null) return [];
    if (name in value) return wrongParts(part, value[name], here);
    return mayBeLeftOut(part) ? [] : [{ key: here, expected: `expected ${expectationOf(part)}` }];
  });
  return [...unknown, ...known];
}

const unexpected = (schema: TSchema, value: unknown, key: string): WrongPart => ({
  key,
  given: printable(value, { secret: holdsSecret(schema) }),
  expected: `expected ${expectationOf(schema)}`,
});

// The value is not shown: a secret under a misspelt name is as likely as anything.
const unknownMember = (name: string, { properties }: TObject, key: string): WrongPart => {
  return { key: `${key}.${name}`, expected: unknownName(name, Object.keys(properties)) };
};

/** Whether an entry is whole without this part: it has a default, or is nothing that is needed. */
export const mayBeLeftOut = (schema: TSchema): boolean => 'default' in schema || Type.IsOptional(schema);

/** What YAML and JSON call a mapping. */
export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
