import Type, { type TObject, type TSchema } from 'typebox';
import { mayBeLeftOut } from '../../src/config/loading/settle.ts';
import { defaultOf, isSecret, isSection, keyword, variableOf } from '../../src/config/settings/settings.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * `config/schema.json`: the file's format as JSON Schema 2020-12, for completion and checks in editors and pipelines.
 * It is as strict as the program about single settings; rules between settings are the program's alone.
 */
export function renderJsonSchema(schema: TObject): string {
  const root = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'cmu-proxy',
    ...sectionSchema(schema, []),
  };
  return `${withShortLists(JSON.stringify(root, null, 2))}\n`;
}

function sectionSchema(section: TObject, path: readonly string[]): Json {
  const properties = Object.entries(section.properties).map(([name, schema]) => {
    const here = [...path, name];
    return [name, isSection(schema) ? sectionSchema(schema, here) : settingSchema(schema, here)];
  });
  return {
    description: keyword(section, 'description'),
    // A section whose settings are all commented out is null in YAML.
    type: ['object', 'null'],
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

function settingSchema(schema: TSchema, path: readonly string[]): Json {
  const unit = keyword(schema, 'unit');
  const unitNote = unit === undefined ? '' : ` In ${unit}.`;
  return {
    description: `${keyword(schema, 'description') ?? ''}${unitNote} Environment: ${variableOf(path.join('.'))}`,
    ...typeOf(schema),
    default: defaultOf(schema),
    ...(isSecret(schema) ? { writeOnly: true } : {}),
  };
}

function typeOf(schema: TSchema): Json {
  if (Type.IsEnum(schema)) return { enum: schema.enum };
  if (Type.IsBoolean(schema)) return { type: 'boolean' };
  if (Type.IsInteger(schema)) return { type: 'integer', ...boundsOf(schema) };
  if (Type.IsRecord(schema)) return { type: 'object', additionalProperties: { type: 'string' } };
  if (Type.IsArray(schema)) return { type: 'array', items: typeOf(schema.items) };
  if (Type.IsObject(schema)) return entrySchema(schema);
  return { type: 'string', ...textConstraints(schema) };
}

const boundsOf = (schema: TSchema): Json => {
  const { minimum, maximum } = Object(schema);
  return { minimum, maximum };
};

/** A mapping that is one value, or an entry of a list: its parts have no variables of their own. */
function entrySchema(schema: TObject): Json {
  const parts = Object.entries(schema.properties).map(([name, part]) => [name, partSchema(part)]);
  const required = Object.entries(schema.properties)
    .filter(([, part]) => !isSection(part) && !mayBeLeftOut(part))
    .map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(parts),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** Without defaults: what an entry leaves out may be inherited. */
const partSchema = (schema: TSchema): Json => ({
  ...descriptionOf(schema),
  ...(isSection(schema) ? { ...entrySchema(schema), type: ['object', 'null'] } : typeOf(schema)),
  ...(isSecret(schema) ? { writeOnly: true } : {}),
});

const descriptionOf = (schema: TSchema): Json => {
  const description = keyword(schema, 'description');
  const unit = keyword(schema, 'unit');
  if (description === undefined) return {};
  return { description: unit === undefined ? description : `${description} In ${unit}.` };
};

function textConstraints(schema: TSchema): Json {
  const pattern = keyword(schema, 'pattern');
  const minLength: unknown = Reflect.get(schema, 'minLength');
  return {
    ...(pattern === undefined ? {} : { pattern }),
    ...(typeof minLength === 'number' ? { minLength } : {}),
  };
}

/** Lists of plain values on one line, as the formatter of this repository wants them. */
const withShortLists = (json: string): string =>
  json.replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, items: string) => `[${items.replace(/\s*\n\s*/g, ' ')}]`);
