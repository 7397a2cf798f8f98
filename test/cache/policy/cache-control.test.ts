import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochMs, seconds } from '../../../src/base/units.ts';
import {
  type CallerWishes,
  countingWishes,
  LONGEST,
  NO_REQUEST_DIRECTIVES,
  parseDeltaSeconds,
  parseRequestDirectives,
  parseResponseDirectives,
  parseTargetedDirectives,
  type RequestDirectives,
  type ResponseDirectives,
  writtenDirectives,
} from '../../../src/cache/policy/cache-control.ts';
import { decideReuse } from '../../../src/cache/policy/reuse.ts';
import { storedFreshness } from '../../support/stored-freshness-builder.ts';

const NO_RESPONSE_DIRECTIVES = parseResponseDirectives(undefined);

test('nothing said restricts and allows nothing', () => {
  for (const said of [NO_RESPONSE_DIRECTIVES, NO_REQUEST_DIRECTIVES]) {
    assert.ok(Object.values(said).every((value) => !value || (Array.isArray(value) && value.length === 0)));
  }
  assert.ok(Object.isFrozen(NO_REQUEST_DIRECTIVES));
});

const RESPONSES: readonly [text: string, found: Partial<ResponseDirectives>][] = [
  ['no-store', { noStore: true }],
  ['nO-StOrE', { noStore: true }],
  ['no-store=1', { noStore: true }],
  ['private', { private: true }],
  ['no-cache', { noCache: true }],
  ['public, must-revalidate,proxy-revalidate', { public: true, mustRevalidate: true }],
  ['proxy-revalidate', { mustRevalidate: true }],
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

test('a request that asks for nothing known asks for nothing', () => {
  for (const text of [undefined, '', 'nothing-to-see-here', 'no-transform', 'x="no-cache"', ',']) {
    assert.deepEqual(parseRequestDirectives(text), NO_REQUEST_DIRECTIVES, text);
  }
  assert.deepEqual(parseRequestDirectives(undefined, 'foo'), NO_REQUEST_DIRECTIVES);
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

type Directive = [name: string, argument: string | null | undefined];

const directivesOf = (text: string): Directive[] =>
  [...writtenDirectives(text)].flatMap(([name, given]) => given.map((it): Directive => [name, it]));

test('directives come in order with their arguments, quotes removed', () => {
  const cases: readonly [text: string, directives: Directive[]][] = [
    ['', []],
    [' ,, ', []],
    ['A', [['a', undefined]]],
    [
      'a=1, B="2, 3" ,c',
      [
        ['a', '1'],
        ['b', '2, 3'],
        ['c', undefined],
      ],
    ],
    ['a=', [['a', '']]],
    ['a=""', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a =1', [['a', null]]],
    ['a= 1', [['a', null]]],
    ['a="1"2', [['a', null]]],
    // Never closed: a plain character, and the comma behind it separates.
    [
      'a="1, b',
      [
        ['a', null],
        ['b', undefined],
      ],
    ],
    ['a="x\\", b"', [['a', 'x\\", b']]],
    [
      'a="x\\", b',
      [
        ['a', null],
        ['b', undefined],
      ],
    ],
  ];
  for (const [text, directives] of cases) assert.deepEqual(directivesOf(text), directives, text);
});

test('a field of a mebibyte of quotes, backslashes or commas costs no more than a pass over it', () => {
  // Quadratic work on these would take hours and end in the runner's time-out.
  for (const unit of ['"', '\\', ',', '",', '="', ' ', '\\"', '\\",']) {
    writtenDirectives(`"${unit.repeat(2 ** 20 / unit.length)}`);
  }
});

test('delta-seconds are digits; more than 2^31 counts as 2^31', () => {
  const cases: readonly [text: string, value: number | 'invalid'][] = [
    ['0', 0],
    ['003600', 3_600_000],
    ['2147483647', 2147483647_000],
    ['2147483648', LONGEST],
    ['99999999999999999999999', LONGEST],
    ['', 'invalid'],
    ['-1', 'invalid'],
    ['+1', 'invalid'],
    ['1.5', 'invalid'],
    ['1e3', 'invalid'],
    ['3600a', 'invalid'],
    ["'3600'", 'invalid'],
    ['٣', 'invalid'],
  ];
  for (const [text, value] of cases) assert.equal(parseDeltaSeconds(text), value, text);
});

const LIMIT: CallerWishes = { onceIn: seconds(10) };

/** Of a report that came at 0 s and is fresh for 100 s. */
const TABLE: readonly [wished: string, seconds: number, honour: string, limit: string, ignore: string][] = [
  ['no-cache', 0, 'revalidate-request', 'fresh', 'fresh'],
  ['no-cache', 9.999, 'revalidate-request', 'fresh', 'fresh'],
  ['no-cache', 10, 'revalidate-request', 'revalidate-request', 'fresh'],
  ['max-age=0', 9.999, 'revalidate-request', 'fresh', 'fresh'],
  ['max-age=5', 10, 'revalidate-request', 'revalidate-request', 'fresh'],
  ['max-age=50', 10, 'fresh', 'fresh', 'fresh'],
  ['min-fresh=99', 9, 'revalidate-request', 'fresh', 'fresh'],
  ['no-store', 9.999, 'bypass', 'fresh', 'fresh'],
  ['no-store', 10, 'bypass', 'revalidate-request', 'fresh'],
  ['no-cache', 100, 'revalidate-stale', 'revalidate-stale', 'revalidate-stale'],
  ['only-if-cached', 100, 'gateway-timeout', 'gateway-timeout', 'gateway-timeout'],
  ['no-cache, only-if-cached', 10, 'gateway-timeout', 'gateway-timeout', 'fresh'],
  ['max-stale=1', 100.5, 'stale-allowed', 'stale-allowed', 'stale-allowed'],
  ['no-cache, max-stale=1', 100.5, 'revalidate-stale', 'revalidate-stale', 'stale-allowed'],
];

for (const [wished, age, ...expected] of TABLE) {
  test(`${wished} of a report of ${age} s`, () => {
    const found = (['honour', LIMIT, 'ignore'] as const).map((wishes) =>
      decideReuse(
        storedFreshness({ lifetime: 100_000 }),
        countingWishes(parseRequestDirectives(wished), wishes),
        epochMs(age * 1000),
      ),
    );
    assert.deepEqual(found, expected);
  });
}

test('a request that wishes nothing stays as it is', () => {
  for (const wishes of ['honour', LIMIT, 'ignore'] as const) {
    assert.equal(countingWishes(NO_REQUEST_DIRECTIVES, wishes), NO_REQUEST_DIRECTIVES);
  }
});

const TARGETED: readonly [text: string, found: Partial<ResponseDirectives>][] = [
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
  for (const [text, found] of TARGETED) {
    const expected = { ...parseResponseDirectives(undefined), targeted: true, ...found };
    assert.deepEqual(parseTargetedDirectives(text), expected, text);
  }
});

const NO_TARGETED = [
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
  for (const text of NO_TARGETED) assert.equal(parseTargetedDirectives(text), undefined, text);
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
