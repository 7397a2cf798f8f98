import Type, { type TSchema } from 'typebox';
import { holdsSecret, type Setting } from '../settings/settings.ts';
import { type Given, type Layer, sourceOf } from './given.ts';
import { type ConfigMistake, printable } from './mistake.ts';

/**
 * Where a key was given, and what, for a mistake about it; of a part of an entry (`routes[1].client`) its own line.
 * Nothing if it was not given.
 */
export function placeOf(
  key: string,
  settings: readonly Setting[],
  given: Layer,
): Pick<ConfigMistake, 'source' | 'given'> {
  const setting = settings.find(
    (it) => it.key === key || key.startsWith(`${it.key}[`) || key.startsWith(`${it.key}.`),
  );
  const it: Given | undefined = setting && given.get(setting.key);
  if (setting === undefined || it === undefined) return {};
  const part = partAt(setting.schema, it.value, key.slice(setting.key.length));
  return {
    source: sourceOf(it, key),
    ...(part.value !== undefined && {
      given: printable(part.value, { secret: holdsSecret(part.schema) }),
    }),
  };
}

interface Part {
  readonly schema: TSchema;
  readonly value: unknown;
}

/** @param rest such as `[1].upstream.url` */
function partAt(schema: TSchema, value: unknown, rest: string): Part {
  let part: Part = { schema, value };
  for (const [, index, name] of rest.matchAll(/\[(\d+)\]|\.([^.[]+)/g)) {
    const step = index ?? name ?? '';
    const within = schemaWithin(part.schema, step);
    if (within === undefined) break;
    part = { schema: within, value: Object(part.value)[step] };
  }
  return part;
}

const schemaWithin = (schema: TSchema, step: string): TSchema | undefined => {
  if (Type.IsArray(schema)) return schema.items;
  return Type.IsObject(schema) ? schema.properties[step] : undefined;
};
