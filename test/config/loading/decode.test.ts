import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import Value from 'typebox/value';
import { decoded } from '../../../src/config/loading/decode.ts';
import { ConfigSchema } from '../../../src/config/settings/schema.ts';
import { defaultOf, isSection } from '../../../src/config/settings/settings.ts';

test('codecs make values of texts, at any depth, and absent fields stay absent', () => {
  const Link = Type.Codec(Type.String())
    .Decode((text) => new URL(text))
    .Encode(String);
  const schema = Type.Object({ a: Type.Array(Type.Object({ b: Link })), c: Type.Optional(Link) });
  const value = decoded(schema, { a: [{ b: 'http://x/' }] });
  assert.deepEqual(value, { a: [{ b: new URL('http://x/') }] });
});

test('the whole configuration decodes as TypeBox decodes it', () => {
  const build = (section: typeof ConfigSchema | Type.TObject): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(section.properties).map(([name, schema]) => [
        name,
        isSection(schema) ? build(schema) : defaultOf(schema),
      ]),
    );
  assert.deepEqual(
    decoded(ConfigSchema, build(ConfigSchema)),
    Value.Decode(ConfigSchema, build(ConfigSchema)),
  );
});
