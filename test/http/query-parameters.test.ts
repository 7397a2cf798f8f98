import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eachParameter } from '../../src/http/query-parameters.ts';

type Parameter = [name: string, value: string | undefined];

const parametersOf = (query: string): Parameter[] => {
  const found: Parameter[] = [];
  eachParameter(query, (name, value) => found.push([name, value]));
  return found;
};

const CASES: readonly [query: string, parameters: Parameter[]][] = [
  ['', []],
  ['platform', [['platform', undefined]]],
  ['platform=', [['platform', '']]],
  [
    'mvpd=A&mvpd=B',
    [
      ['mvpd', 'A'],
      ['mvpd', 'B'],
    ],
  ],
  ['mvpd!=A', [['mvpd!', 'A']]],
  ['a=b=c', [['a', 'b=c']]],
  [
    'a&b=1',
    [
      ['a', undefined],
      ['b', '1'],
    ],
  ],
  [
    'a&&b',
    [
      ['a', undefined],
      ['', undefined],
      ['b', undefined],
    ],
  ],
  ['=x', [['', 'x']]],
  ['a=1;b=2', [['a', '1;b=2']]],
];

test('parameters are told apart as they are written, bare names and repetitions included', () => {
  for (const [query, parameters] of CASES) assert.deepEqual(parametersOf(query), parameters, query);
});

test('the parameters hold every byte of the query, in order', () => {
  const query = fc.string({ unit: fc.constantFrom('a', 'b', '=', '&', '!', '%') });
  fc.assert(
    fc.property(query, (text) => {
      const rebuilt = parametersOf(text).map(([name, value]) =>
        value === undefined ? name : `${name}=${value}`,
      );
      // A last `&` with nothing behind it names no parameter.
      assert.equal(rebuilt.join('&'), text.endsWith('&') ? text.slice(0, -1) : text);
    }),
  );
});
