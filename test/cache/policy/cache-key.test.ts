import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReportFormat } from '../../../src/cache/adobe/negotiated-format.ts';
import { cacheKey, normalisedQuery } from '../../../src/cache/policy/cache-key.ts';

const key = (target: string, { route = 'cmu', format = 'json' as ReportFormat } = {}): string => {
  const [path = ''] = target.split('?', 1);
  return cacheKey(route, path, target.slice(path.length), format);
};

test('parameters of different names may come in any order', () => {
  const same: readonly [string, string][] = [
    ['/x?a=1&b=2', '/x?b=2&a=1'],
    ['/x?start=2020&end=2021&mvpd=A', '/x?mvpd=A&end=2021&start=2020'],
    ['/x?mvpd=A&tenant=T&mvpd=B', '/x?tenant=T&mvpd=A&mvpd=B'],
    ['/x?mvpd!=A&mvpd=B', '/x?mvpd=B&mvpd!=A'],
  ];
  for (const [a, b] of same) assert.equal(key(a), key(b), `${a} ${b}`);
});

test('everything that may change the answer makes another key', () => {
  const different = [
    '/x',
    '/x?',
    '/x?a=1',
    '/x?a=2',
    '/x?a=1&a=2',
    '/x?a=2&a=1',
    '/x?a=1&a=1',
    '/x?a!=1',
    '/x?a!=1&a=2',
    '/x?a',
    '/x?a=',
    '/x?A=1',
    '/x?a=1&',
    '/x?&a=1',
    '/x?a=1&&b=2',
    '/x?a=1&b=2',
    '/x?a=1;b=2',
    '/x?a=1%3bb=2',
    '/x?a=1%3Bb=2',
    '/x?a=1%26b=2',
    '/x?%61=1',
    '/x?a=1+',
    '/x?a=1%20',
    '/x?a=%00',
    '/x?a&b',
    '/x?b&a',
    '/x?b=2&a',
    '/x?a&b=2',
    '/x;a=1',
    '/x%3ba=1',
    '/x%3Fa=1',
    '/x/',
    '//x',
    '/X',
    '/x.csv',
    '/x%00.css',
    '/x.css',
    '/x%2fy',
    '/x/y',
  ];
  assert.equal(new Set(different.map((target) => key(target))).size, different.length);
});

test('routes, formats and further fields share nothing', () => {
  const keys = [
    key('/x'),
    key('/x', { route: 'esm' }),
    key('/x', { format: 'csv' }),
    key('/x', { format: 'hal+json' }),
  ];
  assert.equal(new Set(keys).size, keys.length);
});

test('the filters of a CSV keep their order, since its file name lists them', () => {
  const csv = { format: 'csv' } as const;
  assert.notEqual(key('/x?a=1&b=2', csv), key('/x?b=2&a=1', csv));
});

test('a query in order, with one parameter, with bare names or with names that may be read in two ways is left as it is', () => {
  for (const query of [
    '',
    'b',
    'b=1',
    'a=1&b=2',
    'b&a=1',
    'b=1&a',
    'platform&channel',
    'b=1&&a=1',
    'b=1&a=1&',
    'b=1&%61=2&a=3',
    'b=1&a+c=2',
    'b=1;c=2&a=3',
    'b=1&a=3;c',
  ]) {
    assert.equal(normalisedQuery(query), query, query);
  }
  assert.equal(normalisedQuery('b=1&a=2&b=0'), 'a=2&b=1&b=0');
  assert.equal(normalisedQuery('b=1%3b+&a=2'), 'a=2&b=1%3b+');
});

const parameter = fc.string({ unit: fc.constantFrom('a', 'b', '=', '!', '%', ';'), maxLength: 4 });
const query = fc.array(parameter, { maxLength: 5 }).map((parameters) => parameters.join('&'));

/** What a server that takes names in any order, but repetitions and bare names in theirs, can see of a query. */
const meaning = (text: string): string => {
  const parameters = text.split('&');
  const plain = parameters.every((one) => /^[^=%+]*=/.test(one)) && !text.includes(';');
  if (!plain) return JSON.stringify(text);
  const byName = new Map<string, string[]>();
  for (const one of parameters) {
    const name = one.slice(0, one.indexOf('='));
    byName.set(name, [...(byName.get(name) ?? []), one.slice(name.length + 1)]);
  }
  return JSON.stringify([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
};

test('two queries share a key exactly when they mean the same', () => {
  fc.assert(
    fc.property(query, query, (one, other) => {
      assert.equal(normalisedQuery(one) === normalisedQuery(other), meaning(one) === meaning(other));
    }),
    { numRuns: 2000 },
  );
});

test('a shuffled query has the key of the original where names do not repeat', () => {
  const names = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '!'), minLength: 1 }), {
    minLength: 1,
  });
  const shuffled = names.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  const queryOf = (list: readonly string[]) => list.map((name) => `${name}=1`).join('&');
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      assert.equal(normalisedQuery(queryOf(list)), normalisedQuery(queryOf(other)));
    }),
  );
});

test('no bytes of one part can pass for another part', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', ':', '1', '?', '\n', '-') });
  const parts = fc.record({
    route: text,
    path: text,
    query: fc.oneof(
      fc.constant(''),
      text.map((it) => `?${it}`),
    ),
    format: fc.constantFrom('json', 'hal+json', 'csv'),
  } as const);
  type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;
  const keyOf = ({ route, path, query, format }: Parts) => cacheKey(route, path, query, format);
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      // `&` never occurs, so the query is its own normal form.
      assert.equal(keyOf(one) === keyOf(other), JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(parts, (one) => assert.equal(keyOf(one), keyOf({ ...one }))));
});
