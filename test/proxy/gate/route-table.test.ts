import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Placed, RouteTable } from '../../../src/proxy/gate/route-table.ts';

const at = (prefix: string, ...hosts: string[]): Placed => ({ prefix, hosts });
const found = (routes: readonly Placed[], raw: string, host?: string) =>
  new RouteTable(routes).find(raw, host);

/** The rule without a tree: the longest prefix that ends where a segment ends. */
const byRule = (routes: readonly Placed[], raw: string): Placed | undefined =>
  routes
    .filter(({ prefix }) => raw === prefix || raw.startsWith(`${prefix}/`) || raw.startsWith(`${prefix}?`))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];

describe('The longest prefix wins,', () => {
  test('whatever the order of the routes', () => {
    const routes = [at('/cmu'), at('/cmu/v2/year'), at('/cmu/v2'), at('/esm/v3')];
    for (const list of [routes, routes.toReversed()]) {
      assert.equal(found(list, '/cmu/v2/year/month')?.prefix, '/cmu/v2/year');
      assert.equal(found(list, '/cmu/v2/yearly')?.prefix, '/cmu/v2');
      assert.equal(found(list, '/cmu/v2?limit=1')?.prefix, '/cmu/v2');
      assert.equal(found(list, '/cmu/v2')?.prefix, '/cmu/v2');
      assert.equal(found(list, '/cmu/v')?.prefix, '/cmu');
      assert.equal(found(list, '/esm/v3/year')?.prefix, '/esm/v3');
      for (const raw of ['/', '/cm', '/cmux', '/esm', '/esm/v30', '/x', ''])
        assert.equal(found(list, raw), undefined, raw);
    }
  });

  test('as the rule without a tree has it, for any prefixes and targets', () => {
    const path = fc
      .array(fc.constantFrom('/a', '/b', '/ab', '/a.b', '/-', '/~'), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join(''));
    const prefixes = fc.uniqueArray(path, { maxLength: 8 });
    fc.assert(
      fc.property(prefixes, path, fc.constantFrom('', '?', '/', '?a/b', 'x', 'é'), (list, raw, end) => {
        const routes = list.map((prefix) => at(prefix));
        assert.equal(found(routes, raw + end), byRule(routes, raw + end));
      }),
    );
  });

  test('without routes, nothing', () => assert.equal(found([], '/cmu/v2'), undefined));
});

describe('A route with hosts', () => {
  const any = at('/cmu/v2');
  const brand = at('/cmu/v2', 'brand.test', 'b.test');
  const long = at('/cmu/v2/year');
  const routes = [any, brand, long];

  test('goes before those for any host, however long their prefixes are', () => {
    assert.equal(found(routes, '/cmu/v2/year', 'brand.test'), brand);
    assert.equal(found(routes, '/cmu/v2/year', 'b.test'), brand);
    assert.equal(found(routes, '/cmu/v2/year', 'localhost'), long);
    assert.equal(found(routes, '/cmu/v2/x', undefined), any);
  });

  test('is found whatever port and case the name comes with', () => {
    assert.equal(found(routes, '/cmu/v2', 'Brand.Test:8080'), brand);
    assert.equal(found(routes, '/cmu/v2', 'xbrand.test'), any);
    assert.equal(found([brand], '/cmu/v2', '[::1]:8080'), undefined);
  });

  test('leaves other paths of its name to those for any host', () => {
    assert.equal(found([...routes, at('/esm/v3')], '/esm/v3', 'brand.test')?.prefix, '/esm/v3');
  });

  test('does not remember the last name for another', () => {
    const table = new RouteTable(routes);
    for (const [host, route] of [
      ['brand.test', brand],
      ['brand.test', brand],
      ['other.test', any],
      ['brand.test', brand],
    ] as const) {
      assert.equal(table.find('/cmu/v2/x', host), route);
    }
  });

  test('is what makes hosts matter', () => {
    assert.equal(new RouteTable([any, long]).usesHosts, false);
    assert.equal(new RouteTable(routes).usesHosts, true);
  });
});
