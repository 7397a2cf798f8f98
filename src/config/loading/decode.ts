import Type, { type StaticDecode, type TSchema } from 'typebox';
import { isMapping } from './check-values.ts';

/**
 * The value that the program works with, from one that fits the schema: each `Type.Codec` within makes of its text what it stands for, such
 * as a `URL`.
 */
export const decoded = <T extends TSchema>(schema: T, value: unknown): StaticDecode<T> =>
  decodedParts(schema, value) as StaticDecode<T>;

function decodedParts(schema: TSchema, value: unknown): unknown {
  const inner = withDecodedParts(schema, value);
  return Type.IsCodec(schema) ? schema['~codec'].decode(inner) : inner;
}

function withDecodedParts(schema: TSchema, value: unknown): unknown {
  if (Type.IsArray(schema) && Array.isArray(value)) {
    return value.map((item) => decodedParts(schema.items, item));
  }
  if (!Type.IsObject(schema) || !isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(schema.properties)
      .filter(([name]) => Object.hasOwn(value, name))
      .map(([name, property]) => [name, decodedParts(property, value[name])]),
  );
}
