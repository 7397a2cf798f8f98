import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { percentDecoded } from '../../src/http/percent-decoded.ts';

const CASES: readonly [text: string, decoded: string][] = [
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
  for (const [text, decoded] of CASES) assert.equal(percentDecoded(text), decoded, text);
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
