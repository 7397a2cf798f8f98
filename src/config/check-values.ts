import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { expectationOf } from './expectation.ts';
import type { Given } from './given.ts';
import { type ConfigMistake, printable } from './mistake.ts';
import { holdsSecret, type Setting } from './settings.ts';

/**
 * Judges what was given against each setting's schema, one setting at a time: TypeBox stops at eight errors a value, and
 * whoever fixes a configuration wants them all.
 */
export function wrongValues(
  settings: readonly Setting[],
  given: ReadonlyMap<string, Given>,
): ConfigMistake[] {
  return settings.flatMap((setting) => {
    const it = given.get(setting.key);
    return it === undefined || Value.Check(setting.schema, it.value) ? [] : mistakesIn(setting, it);
  });
}

function mistakesIn({ key, schema }: Setting, { value, source }: Given): ConfigMistake[] {
  const whole = {
    key,
    source,
    given: printable(value, { secret: holdsSecret(schema) }),
    expected: `expected ${expectationOf(schema)}`,
  };
  const parts = typeof value === 'object' && value !== null ? partsOf(schema, value) : [];
  return parts.length === 0 ? [whole] : parts.map((part) => ({ ...whole, ...part, key: key + part.key }));
}

/** What is wrong within a list or record, named by its place: `[0].name`. */
function partsOf(schema: TSchema, value: object): Pick<ConfigMistake, 'key' | 'expected'>[] {
  const parts = new Map<string, string>();
  for (const { instancePath, keyword, message } of Value.Errors(schema, value)) {
    if (keyword === 'additionalProperties') continue;
    const place = instancePath.split('/').slice(1).map(pointerStep).join('');
    if (!parts.has(place))
      parts.set(place, expectedThere(keyword, message) ?? `expected ${expectationOf(schema)}`);
  }
  parts.delete('');
  return [...parts].map(([key, expected]) => ({ key, expected }));
}

/** TypeBox's words, save where they say too little: of a choice they name no option. */
const expectedThere = (keyword: string, message: string): string | undefined => {
  if (keyword === 'boolean') return 'there is no such setting';
  return keyword === 'const' ? undefined : message;
};

const pointerStep = (step: string): string => {
  const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
  return /^\d+$/.test(name) ? `[${name}]` : `.${name}`;
};
