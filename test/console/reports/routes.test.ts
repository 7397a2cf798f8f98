import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouteFacts } from '../../../src/admin/wire.ts';
import { apiOf, publicOrigin, routeName, routeOf, routesAt } from '../../../src/console/reports/routes.ts';

const route = (name: string, more: Partial<RouteFacts> = {}): RouteFacts => ({
  name,
  prefix: '/cmu/v2',
  hosts: [],
  client: 'default',
  upstream: 'https://mgmt.auth.adobe.com/cmu/v2',
  timeZone: 'UTC',
  ...more,
});

const CMU = route('cmu');
const ESM = route('esm', { prefix: '/esm/v3', upstream: 'https://mgmt.auth.adobe.com/esm/v3' });
const BRAND = route('brand', { hosts: ['reports.brand.test'] });
const ALL = [BRAND, ESM, CMU];
const reports = {
  publicUrl: 'http://127.0.0.1:8080/cmu/v2',
  prefix: '/cmu/v2',
  upstream: 'https://mgmt.auth.adobe.com',
  servedHere: true,
};

describe('The routes that a page reaches', () => {
  const CASES = [
    ['127.0.0.1', undefined, 'cmu'],
    ['127.0.0.1', 'esm', 'esm'],
    ['127.0.0.1', 'brand', 'cmu'],
    ['Reports.Brand.test', 'brand', 'brand'],
  ] as const;
  for (const [host, wanted, found] of CASES) {
    test(`under ${host}, asked for ${wanted ?? 'none'}: ${found}`, () => {
      assert.equal(routeOf({ routes: ALL, reports }, wanted, host)?.name, found);
    });
  }

  test('are those for any host, and those for its own', () => {
    assert.deepEqual(routesAt(ALL, 'localhost'), [ESM, CMU]);
    assert.equal(routeOf({ routes: [BRAND], reports }, undefined, 'localhost'), undefined);
  });

  test('are named after what they lead to', () => {
    assert.deepEqual(ALL.map(apiOf), ['CMU', 'ESM', 'CMU']);
    assert.deepEqual(ALL.map(routeName), ['brand (CMU)', 'ESM', 'CMU']);
  });

  test('are called by their own names', () => {
    assert.equal(publicOrigin(reports, CMU), 'http://127.0.0.1:8080');
    assert.equal(publicOrigin(reports, BRAND), 'http://reports.brand.test:8080');
    assert.equal(publicOrigin({ ...reports, publicUrl: undefined }, CMU), 'http://localhost');
  });
});
