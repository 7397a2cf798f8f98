import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seconds } from '../../../src/base/units.ts';
import {
  NO_REQUEST_DIRECTIVES,
  NO_RESPONSE_DIRECTIVES,
  parseRequestDirectives,
  parseResponseDirectives,
  type RequestDirectives,
  type ResponseDirectives,
} from '../../../src/cache/policy/cache-control.ts';
import { LONGEST } from '../../../src/http/delta-seconds.ts';

test('nothing said restricts and allows nothing', () => {
  for (const said of [NO_RESPONSE_DIRECTIVES, NO_REQUEST_DIRECTIVES]) {
    assert.ok(Object.values(said).every((value) => !value || (Array.isArray(value) && value.length === 0)));
    assert.ok(Object.isFrozen(said));
  }
});

const RESPONSES: readonly [text: string, found: Partial<ResponseDirectives>][] = [
  ['no-store', { noStore: true }],
  ['nO-StOrE', { noStore: true }],
  ['no-store=1', { noStore: true }],
  ['private', { private: true }],
  ['no-cache', { noCache: true }],
  ['public, must-revalidate,proxy-revalidate', { public: true, mustRevalidate: true, proxyRevalidate: true }],
  ['must-understand , no-store', { mustUnderstand: true, noStore: true }],
  ['max-age=60, s-maxage=10', { maxAge: seconds(60), sMaxage: seconds(10) }],
  ['MaX-aGe=60', { maxAge: seconds(60) }],
  ['max-age="60"', { maxAge: seconds(60) }],
  [
    'stale-while-revalidate=5, stale-if-error=6',
    { staleWhileRevalidate: seconds(5), staleIfError: seconds(6) },
  ],
  ['stale-while-revalidate, stale-if-error=x', {}],
  // RFC 9111 §4.2.1: of two, the first.
  ['max-age=1800, max-age=1', { maxAge: seconds(1800) }],
  ['max-age=1, max-age=1800', { maxAge: seconds(1) }],
  ['max-age=x, max-age=1800', { maxAge: 'invalid' }],
  ['max-age', { maxAge: 'invalid' }],
  ['max-age=', { maxAge: 'invalid' }],
  ['max-age=-3600', { maxAge: 'invalid' }],
  ['max-age =3600', { maxAge: 'invalid' }],
  ['max-age= 3600', { maxAge: 'invalid' }],
  ["max-age='3600'", { maxAge: 'invalid' }],
  ['max-age=3600.0', { maxAge: 'invalid' }],
  ['max-age="3600"x', { maxAge: 'invalid' }],
  ['max-age="3600', { maxAge: 'invalid' }],
  // What stands in a quoted string is no directive.
  ['extension="max-age=3600, no-store", max-age=1', { maxAge: seconds(1) }],
  ['max-age=1, extension="max-age=3600"', { maxAge: seconds(1) }],
  ['extension="a\\", private, b", max-age=1', { maxAge: seconds(1) }],
  // A quote that is never closed hides no restriction.
  ['extension="abc, no-store', { noStore: true }],
  // Qualified forms withhold fields only; unreadable ones restrict everything.
  ['no-cache="Set-Cookie, A", max-age=5', { withheldFields: ['set-cookie', 'a'], maxAge: seconds(5) }],
  ['private=x-user', { withheldFields: ['x-user'] }],
  ['no-cache="a", private="b"', { withheldFields: ['a', 'b'] }],
  ['no-cache=""', { noCache: true }],
  ['no-cache="a, b c"', { noCache: true }],
  ['private="a', { private: true }],
  ['private =x', { private: true }],
  ['no-cache, no-cache="a"', { noCache: true, withheldFields: ['a'] }],
  // Unknown directives, empty members and white space.
  ['foobar, max-age=60', { maxAge: seconds(60) }],
  [' , ,\tmax-age=60 ,', { maxAge: seconds(60) }],
  ['no-storeage, xno-store, no store', {}],
  ['', {}],
];

test('response directives are found in whatever form they come', () => {
  for (const [text, found] of RESPONSES) {
    assert.deepEqual(parseResponseDirectives(text), { ...NO_RESPONSE_DIRECTIVES, ...found }, text);
  }
  assert.equal(parseResponseDirectives(undefined), NO_RESPONSE_DIRECTIVES);
});

const REQUESTS: readonly [text: string, found: Partial<RequestDirectives>][] = [
  ['no-cache', { noCache: true }],
  ['NO-CACHE, no-store', { noCache: true, noStore: true }],
  ['only-if-cached', { onlyIfCached: true }],
  ['max-age=0', { maxAge: seconds(0) }],
  [
    'max-age=60, min-fresh=5, max-stale=7',
    { maxAge: seconds(60), minFresh: seconds(5), maxStale: seconds(7) },
  ],
  ['max-stale', { maxStale: LONGEST }],
  ['max-stale=x', {}],
  ['max-age=x', {}],
  ['max-age', {}],
];

test('request directives are found; what cannot be read is not asked for', () => {
  for (const [text, found] of REQUESTS) {
    assert.deepEqual(parseRequestDirectives(text), { ...NO_REQUEST_DIRECTIVES, ...found }, text);
  }
});

test('a request that asks for nothing known is the one object that the hit path compares with', () => {
  for (const text of [undefined, '', 'nothing-to-see-here', 'no-transform', 'x="no-cache"', ',']) {
    assert.equal(parseRequestDirectives(text), NO_REQUEST_DIRECTIVES, text);
  }
  assert.equal(parseRequestDirectives(undefined, 'foo'), NO_REQUEST_DIRECTIVES);
});

test('Pragma: no-cache counts only where there is no Cache-Control', () => {
  assert.equal(parseRequestDirectives(undefined, 'no-cache').noCache, true);
  assert.equal(parseRequestDirectives(undefined, 'foo, No-Cache').noCache, true);
  assert.equal(parseRequestDirectives(undefined, 'x="no-cache"').noCache, false);
  assert.equal(parseRequestDirectives('max-age=5', 'no-cache').noCache, false);
});

test('no text makes the parsers throw, and an unquoted no-store is found in any company', () => {
  const junk = fc.string({ unit: fc.constantFrom('a', '-', '=', ' ', '\\', 'é', '\t', ';', '1') });
  fc.assert(
    fc.property(fc.array(junk), fc.array(junk), (before, behind) => {
      const text = [...before, 'no-store', ...behind].join(',');
      assert.equal(parseResponseDirectives(text).noStore, true);
      assert.equal(parseRequestDirectives(text).noStore, true);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseResponseDirectives(text);
      parseRequestDirectives(text, text);
    }),
  );
});
