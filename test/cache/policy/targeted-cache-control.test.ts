import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seconds } from '../../../src/base/units.ts';
import {
  LONGEST,
  parseResponseDirectives,
  type ResponseDirectives,
} from '../../../src/cache/policy/cache-control.ts';
import { parseTargetedDirectives } from '../../../src/cache/policy/targeted-cache-control.ts';

const READ: readonly [text: string, found: Partial<ResponseDirectives>][] = [
  ['max-age=60', { maxAge: seconds(60) }],
  ['max-age=60, no-store', { maxAge: seconds(60), noStore: true }],
  ['private;x=1;  y , no-cache', { private: true, noCache: true }],
  ['no-store=?1, public=?0', { noStore: true }],
  ['max-age=1, max-age=60', { maxAge: seconds(60) }],
  ['max-age=999999999999999', { maxAge: LONGEST }],
  ['no-cache="Set-Cookie, a"', { withheldFields: ['set-cookie', 'a'] }],
  ['foobar, ext="a\\"b, no-store", t=tok/en, b=:aGk=:, d=1.5, max-age=5', { maxAge: seconds(5) }],
  // Well-formed, but of the wrong type: no freshness that could be read.
  ['max-age="60"', { maxAge: 'invalid' }],
  ['max-age', { maxAge: 'invalid' }],
  ['max-age=-60', { maxAge: 'invalid' }],
  ['max-age=60.5', { maxAge: 'invalid' }],
  ['max-age=sixty', { maxAge: 'invalid' }],
];

test('a targeted field is read as a structured dictionary', () => {
  for (const [text, found] of READ) {
    const expected = { ...parseResponseDirectives(undefined), targeted: true, ...found };
    assert.deepEqual(parseTargetedDirectives(text), expected, text);
  }
});

const REFUSED = [
  undefined,
  '',
  '  ',
  ',',
  'max-age=60,',
  ',max-age=60',
  'max-age=60,,no-store',
  'MaX-aGe=60',
  'max-age =60',
  'max-age= 60',
  'max-age=60, &&&&&',
  'max-age=60 no-store',
  'a="unclosed',
  'a="tab\t"',
  'a=1234567890123456',
  'a=1.',
  'a=1.2345',
  'a=?2',
  'a=:b',
  'a;',
  'a;=1',
  'a;b=',
  'a=é',
];

test('a field that is absent, empty or malformed says nothing', () => {
  for (const text of REFUSED) assert.equal(parseTargetedDirectives(text), undefined, text);
});

test('no text makes it throw or takes more than a pass', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'a1=;,"\\?: .-') }), (text) => {
      parseTargetedDirectives(text);
    }),
  );
  for (const unit of ['a,', 'a;', '"', 'a="', '\\"', ' ', '1', 'a']) {
    parseTargetedDirectives(`a="${unit.repeat(2 ** 18)}`);
    parseTargetedDirectives(unit.repeat(2 ** 18));
  }
});
