import Type, { type TObject, type TSchema } from 'typebox';

/** One setting of the schema: a leaf, whatever its type; what holds settings is a section. */
export interface Setting {
  /** Its path joined by dots, as people write it: `listen.port`. */
  readonly key: string;
  readonly schema: TSchema;
  /** The environment variable that sets it. */
  readonly variable: string;
}

const PREFIX = 'CMU_PROXY_';

/** `listen.allowRemote` is set by `CMU_PROXY_LISTEN_ALLOW_REMOTE`. */
export const variableOf = (key: string): string =>
  PREFIX +
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase();

/** @param prefix of their keys, dot included */
export function settingsOf(section: TObject, prefix = ''): Setting[] {
  return Object.entries(section.properties).flatMap(([name, schema]) => {
    const key = prefix + name;
    return isSection(schema) ? settingsOf(schema, `${key}.`) : [{ key, schema, variable: variableOf(key) }];
  });
}

/** Sections hold settings; an object that is one value, such as `dcr.deviceInfo`, is a record. */
export const isSection = (schema: TSchema): schema is TObject =>
  Type.IsObject(schema) && !('default' in schema);

export const isEntryList = (schema: TSchema): schema is TSchema & { readonly items: TObject } =>
  Type.IsArray(schema) && Type.IsObject(schema.items);

export function keyword(schema: TSchema, name: string): string | undefined {
  const value: unknown = Reflect.get(schema, name);
  return typeof value === 'string' ? value : undefined;
}

export const isSecret = (schema: TSchema): boolean => keyword(schema, 'kind') === 'secret';

/** Says whether a value of this schema may hold a secret anywhere in it, as a list of clients does. */
export function holdsSecret(schema: TSchema): boolean {
  if (isSecret(schema)) return true;
  if (Type.IsArray(schema)) return holdsSecret(schema.items);
  return Type.IsObject(schema) && Object.values(schema.properties).some(holdsSecret);
}

/** The setting's default, not shared with other readers. */
export const defaultOf = (schema: TSchema): unknown => structuredClone(Reflect.get(schema, 'default'));

/** What the key of a secret's twin ends with, which names a file that holds it. */
export const TWIN = 'File';

/** What a setting takes, in words that finish the sentence "expected …" and fill a table of the reference. */
export const expectationOf = (schema: TSchema): string =>
  keyword(schema, 'expects') ?? expectationByType(schema);

function expectationByType(schema: TSchema): string {
  if (Type.IsEnum(schema)) return `one of ${schema.enum.join(', ')}`;
  if (Type.IsBoolean(schema)) return 'true or false';
  if (Type.IsRecord(schema)) return 'a mapping of texts to texts (in the environment: a JSON object)';
  if (Type.IsObject(schema)) return 'a mapping of settings';
  const { minimum, maximum, unit, pattern, minLength } = Object(schema);
  if (Type.IsInteger(schema)) {
    const range = minimum === undefined ? '' : ` from ${minimum} to ${maximum}`;
    return `an integer${range}${unit === undefined ? '' : ` (${unit})`}`;
  }
  if (Type.IsArray(schema)) {
    return Type.IsString(schema.items)
      ? 'a list of texts (in the environment: separated by commas)'
      : 'a list (in the environment: a JSON array)';
  }
  if (pattern !== undefined) return `a text that matches ${pattern}`;
  return minLength === 1 ? 'a text that is not empty' : 'a text';
}
