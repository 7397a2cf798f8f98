import Type, { type TSchema } from 'typebox';
import { keyword } from '../settings/settings.ts';

/** What a setting takes, in words that finish the sentence "expected …" and fill a table of the reference. */
export function expectationOf(schema: TSchema): string {
  if (Type.IsEnum(schema)) return `one of ${schema.enum.join(', ')}`;
  if (Type.IsBoolean(schema)) return 'true or false';
  if (Type.IsInteger(schema)) return integerExpectation(schema);
  if (Type.IsRecord(schema)) return 'a mapping of texts to texts (in the environment: a JSON object)';
  if (Type.IsArray(schema)) return keyword(schema, 'expects') ?? listExpectation(schema.items);
  if (Type.IsObject(schema)) return 'a mapping of settings';
  return textExpectation(schema);
}

function integerExpectation(schema: TSchema): string {
  const unit = keyword(schema, 'unit');
  const { minimum, maximum } = boundsOf(schema);
  const range = [
    minimum === undefined ? '' : ` from ${minimum}`,
    maximum === undefined ? '' : ` ${minimum === undefined ? 'up ' : ''}to ${maximum}`,
  ].join('');
  return `an integer${range}${unit === undefined ? '' : ` (${unit})`}`;
}

function listExpectation(items: TSchema): string {
  return Type.IsString(items)
    ? 'a list of texts (in the environment: separated by commas)'
    : 'a list (in the environment: a JSON array)';
}

function textExpectation(schema: TSchema): string {
  switch (keyword(schema, 'kind')) {
    case 'url':
      return 'an http or https URL without user, query and fragment';
    case 'origin':
      return 'an http or https origin (scheme, host, port), without a path';
    case 'file':
    case 'secretFile':
      return 'a path';
    case 'secret':
      return keyword(schema, 'expects') ?? 'a text (secret)';
    default:
      break;
  }
  const pattern = keyword(schema, 'pattern');
  if (pattern !== undefined) return keyword(schema, 'expects') ?? `a text that matches ${pattern}`;
  return Reflect.get(schema, 'minLength') === 1 ? 'a text that is not empty' : 'a text';
}

/** The bounds of an integer, where it has them. */
export function boundsOf(schema: TSchema): { minimum: number | undefined; maximum: number | undefined } {
  const bound = (name: string): number | undefined => {
    const value: unknown = Reflect.get(schema, name);
    return typeof value === 'number' ? value : undefined;
  };
  return { minimum: bound('minimum'), maximum: bound('maximum') };
}
