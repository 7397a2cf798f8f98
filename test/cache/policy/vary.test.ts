import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { varyFieldsOf, varyKeyOf } from '../../../src/cache/policy/vary.ts';
import { headersOf } from '../../support/header-builder.ts';

test('Vary is read as a set of names, and a star anywhere wins', () => {
  const cases: readonly [vary: string | undefined, fields: readonly string[] | 'star'][] = [
    [undefined, []],
    ['', []],
    [' , ', []],
    ['Foo', ['foo']],
    ['Foo, Bar,foo', ['bar', 'foo']],
    ['*', 'star'],
    ['*, *', 'star'],
    [', *', 'star'],
    ['Foo, *', 'star'],
    ['*,Foo', 'star'],
  ];
  for (const [vary, fields] of cases) assert.deepEqual(varyFieldsOf(vary), fields, vary);
});

const key = (fields: readonly string[], headers: Record<string, string>) =>
  varyKeyOf(fields, headersOf(headers));

test('the same values give the same key, whatever other fields say', () => {
  assert.equal(key(['foo'], { foo: '1', other: '2' }), key(['foo'], { foo: '1', other: '3' }));
  assert.equal(key([], { foo: '1' }), '');
});

test('white space around list members makes no difference', () => {
  assert.equal(key(['foo'], { foo: '1,2' }), key(['foo'], { foo: ' 1, 2 ' }));
});

test('white space, commas and order within other values do', () => {
  const different = [
    '1,2',
    '2,1',
    '1 2',
    '12',
    '"1,2"',
    '"1, 2"',
    '1',
    '1,',
    '',
    'A',
    'a',
    '"a\\",b"',
    '"a\\", b"',
  ];
  const keys = different.map((value) => key(['foo'], { foo: value }));
  assert.equal(new Set([...keys, key(['foo'], {})]).size, different.length + 1);
});

test('languages, codings and charsets are compared without order and case', () => {
  for (const name of ['accept-language', 'accept-encoding', 'accept-charset']) {
    assert.equal(key([name], { [name]: 'en, de;q=0.5' }), key([name], { [name]: 'De;Q=0.5 ,EN' }), name);
    assert.notEqual(key([name], { [name]: 'en' }), key([name], { [name]: 'de' }), name);
  }
});

test('values cannot run into one another', () => {
  const value = fc.option(fc.string({ unit: fc.constantFrom('1', ':', ';', '-') }), { nil: undefined });
  const pair = fc.tuple(value, value);
  const lookup = ([a, b]: readonly [string | undefined, string | undefined]) => headersOf({ a, b });
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      const same = one[0] === other[0] && one[1] === other[1];
      assert.equal(varyKeyOf(['a', 'b'], lookup(one)) === varyKeyOf(['a', 'b'], lookup(other)), same);
    }),
  );
});
