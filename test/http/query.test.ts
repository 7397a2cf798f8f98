import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eachParameter, percentDecoded } from '../../src/http/query.ts';

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

const ESCAPES: readonly [text: string, decoded: string][] = [
  ['', ''],
  ['day', 'day'],
  ['%64ay', 'day'],
  ['d%61%79', 'day'],
  ['2012-01-01T00%3A00%3a00', '2012-01-01T00:00:00'],
  ['mvpd%21', 'mvpd!'],
  ['a%20b+c', 'a b+c'],
  ['%', '%'],
  ['%6', '%6'],
  ['%zz', '%zz'],
  ['%6g', '%6g'],
  ['%%64', '%d'],
  ['%2564', '%64'],
  ['%00%0a%7f', '%00%0a%7f'],
  ['%c3%a9', '%c3%a9'],
];

test('escapes of printable ASCII are decoded once and everything else is left as it is', () => {
  for (const [text, decoded] of ESCAPES) assert.equal(percentDecoded(text), decoded, text);
});

test('what encodeURIComponent wrote of printable ASCII is read back', () => {
  const ascii = fc.string({ unit: 'grapheme-ascii' });
  fc.assert(fc.property(ascii, (text) => percentDecoded(encodeURIComponent(text)) === text));
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('%', '2', 'f', 'g', 'é') }), (text) => {
      percentDecoded(text);
    }),
  );
});
