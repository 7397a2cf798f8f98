import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import Type, { type TSchema } from 'typebox';
import Value from 'typebox/value';
import { fits } from '../../src/base/schema-check.ts';
import { ConfigSchema } from '../../src/config/settings/schema.ts';
import { defaultOf, isSection, settingsOf } from '../../src/config/settings/settings.ts';

const Person = Type.Object(
  { name: Type.String({ pattern: '^[a-z]+$' }), age: Type.Optional(Type.Integer({ minimum: 0 })) },
  { additionalProperties: false },
);

describe('A value', () => {
  const cases: [TSchema, fitting: unknown[], others: unknown[]][] = [
    [Type.String(), ['', 'a'], [1, null, undefined, ['a'], {}]],
    [Type.String({ minLength: 1, maxLength: 2 }), ['a', 'ab'], ['', 'abc']],
    [Type.String({ pattern: '^a.$' }), ['ab', 'a\u{1f600}'], ['b', 'a\n', 'xab']],
    [Type.Integer({ minimum: -1, maximum: 2 }), [-1, 0, 2], [-2, 3, 0.5, '1', Number.NaN, 1n]],
    [Type.Number({ minimum: 0 }), [0, 0.5, 1e300], [-0.1, Number.NaN, Number.POSITIVE_INFINITY, '1']],
    [Type.Boolean(), [true, false], ['true', 0, null]],
    [Type.Literal(1), [1], [2, '1', true]],
    [Type.Union([Type.Literal('a'), Type.Literal('b')]), ['a', 'b'], ['c', '', 1]],
    [Type.Array(Type.Integer()), [[], [1, 2]], [[1, 'a'], { 0: 1 }, 'ab', [undefined]]],
    [Type.Tuple([Type.String(), Type.Integer()]), [['a', 1]], [['a'], ['a', 1, 1], [1, 'a'], []]],
    [
      Type.Record(Type.String(), Type.String()),
      [{}, { a: 'b' }, { __proto__: null, a: 'b' }],
      [{ a: 1 }, [], null],
    ],
    [
      Person,
      [{ name: 'a' }, { name: 'a', age: 1 }],
      [{}, { name: 'A' }, { name: 'a', age: -1 }, { name: 'a', x: 1 }, ['a'], null, 'a'],
    ],
    [Type.Object({ a: Type.Integer() }), [{ a: 1 }, { a: 1, b: 2 }], [{ b: 1 }]],
    [Type.Refine(Type.String(), (text) => text !== 'no'), ['yes'], ['no', 1]],
    // What only JSON can make: a field of that name, and none that is inherited.
    [Person, [], [JSON.parse('{"name":"a","__proto__":1}')]],
    [Type.Object({ toString: Type.String() }), [{ toString: 'a' }], [{}]],
  ];
  for (const [index, [schema, fitting, others]] of cases.entries()) {
    test(`is judged as TypeBox judges it, case ${index}: ${JSON.stringify(schema)}`, () => {
      for (const value of fitting) {
        assert.ok(fits(schema, value), JSON.stringify(value));
        assert.ok(Value.Check(schema, value), `TypeBox: ${JSON.stringify(value)}`);
      }
      for (const value of others) {
        const shown = typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
        assert.ok(!fits(schema, value), shown);
        assert.ok(!Value.Check(schema, value), `TypeBox: ${shown}`);
      }
    });
  }
});

test('a kind of schema that it does not know is refused, not passed over', () => {
  assert.throws(() => fits(Type.Null(), null), /kind Null/);
});

describe('The configuration', () => {
  const settings = settingsOf(ConfigSchema);

  test('is judged as TypeBox judges it, whatever is given', () => {
    const text = fc.constantFrom(
      '',
      'a',
      '/a',
      '/a/../b',
      'http://a',
      'http://a/b?c',
      '0600',
      'x'.repeat(99),
    );
    const leaf = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const field = fc.constantFrom('name', 'sha256', 'path', 'granularity', 'accept', '__proto__', 'a');
    const item = fc.oneof(leaf, fc.dictionary(field, leaf));
    const value = fc.oneof(leaf, fc.array(item, { maxLength: 3 }), fc.dictionary(field, item));
    fc.assert(
      fc.property(value, (given) => {
        for (const { schema, key } of settings) {
          assert.equal(fits(schema, given), Value.Check(schema, given), key);
        }
      }),
      { numRuns: 100 },
    );
    for (const { schema, key } of settings) assert.ok(fits(schema, defaultOf(schema)), key);
  });

  test('has no keyword that nothing looks at', () => {
    const checked = ['type', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'const', 'anyOf'];
    const shape = ['properties', 'required', 'additionalProperties', 'items', 'patternProperties'];
    const told = ['description', 'default', 'unit', 'kind', 'expects', 'inherits'];
    const known = new Set([...checked, ...shape, ...told]);
    const unknown: string[] = [];
    const visit = (schema: TSchema, path: string): void => {
      unknown.push(
        ...Object.keys(schema)
          .filter((name) => !known.has(name))
          .map((name) => `${path}: ${name}`),
      );
      if (Type.IsObject(schema)) {
        for (const [name, property] of Object.entries(schema.properties)) visit(property, `${path}.${name}`);
      }
      if (Type.IsArray(schema)) visit(schema.items, `${path}[]`);
    };
    visit(ConfigSchema, '');
    assert.ok(isSection(ConfigSchema));
    assert.deepEqual(unknown, []);
  });
});
