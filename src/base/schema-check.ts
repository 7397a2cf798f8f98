import Type, { type Static, type TSchema } from 'typebox';

/**
 * Whether a value is what a TypeBox schema describes. It knows the kinds and keywords that this program uses, and is what judges at a start:
 * `typebox/value` knows all of JSON Schema, for 20 ms and some megabytes (docs/decisions/005).
 * @throws {TypeError} for a kind of schema that it does not know
 */
export const fits = <T extends TSchema>(schema: T, value: unknown): value is Static<T> =>
  isOfKind(schema, value) && (!Type.IsRefine(schema) || schema['~refine'].every(({ check }) => check(value)));

function isOfKind(schema: TSchema, value: unknown): boolean {
  if (Type.IsString(schema)) return typeof value === 'string' && isTextWithin(schema, value);
  if (Type.IsInteger(schema)) return Number.isInteger(value) && isWithinBounds(schema, value);
  if (Type.IsNumber(schema)) return Number.isFinite(value) && isWithinBounds(schema, value);
  if (Type.IsBoolean(schema)) return typeof value === 'boolean';
  if (Type.IsLiteral(schema)) return value === schema.const;
  if (Type.IsUnion(schema)) return schema.anyOf.some((option) => fits(option, value));
  if (Type.IsTuple(schema)) {
    const { items } = schema;
    return (
      Array.isArray(value) && value.length === items.length && items.every((it, i) => fits(it, value[i]))
    );
  }
  if (Type.IsArray(schema)) {
    return Array.isArray(value) && Array.from(value).every((item) => fits(schema.items, item));
  }
  if (Type.IsObject(schema)) return isMapping(value) && hasFittingFields(schema, value);
  if (Type.IsRecord(schema)) {
    // One schema for all fields; `Type.Record` writes it as the one pattern of their names.
    const [takes] = Object.values<TSchema>(schema.patternProperties);
    return (
      isMapping(value) && Object.values(value).every((field) => takes !== undefined && fits(takes, field))
    );
  }
  throw new TypeError(`No check for schemas of the kind ${Reflect.get(schema, '~kind')}`);
}

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Fields {
  readonly properties: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

const hasFittingFields = (
  { properties, required = [], additionalProperties }: Fields,
  value: Mapping,
): boolean =>
  required.every((name) => Object.hasOwn(value, name)) &&
  Object.entries(value).every(([name, field]) => {
    const takes = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return takes === undefined ? additionalProperties !== false : fits(takes, field);
  });

/** Lengths count UTF-16 units, as `String.length` does. */
function isTextWithin(schema: TSchema, text: string): boolean {
  const pattern: unknown = Reflect.get(schema, 'pattern');
  return (
    text.length >= (bound(schema, 'minLength') ?? 0) &&
    text.length <= (bound(schema, 'maxLength') ?? Number.POSITIVE_INFINITY) &&
    (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text))
  );
}

const isWithinBounds = (schema: TSchema, value: unknown): boolean =>
  Number(value) >= (bound(schema, 'minimum') ?? Number.NEGATIVE_INFINITY) &&
  Number(value) <= (bound(schema, 'maximum') ?? Number.POSITIVE_INFINITY);

function bound(schema: TSchema, keyword: string): number | undefined {
  const value: unknown = Reflect.get(schema, keyword);
  return typeof value === 'number' ? value : undefined;
}
