import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutCredentials } from '../../../src/proxy/gate/query-credentials.ts';
import type { Route } from '../../../src/proxy/gate/route.ts';
import { RouteTable } from '../../../src/proxy/gate/route-table.ts';
import { judgeTarget } from '../../../src/proxy/gate/target.ts';
import { TargetJudge } from '../../../src/proxy/gate/target-judge.ts';

/** Of a route, only what a target is judged by. */
const route = (prefix: string, hosts: readonly string[] = []): Route =>
  ({ id: prefix, cacheId: prefix, kind: 'report', prefix, hosts }) as unknown as Route;

const asked = (judge: TargetJudge, raw: string, host?: string) => {
  const target = judge.judge(raw, host);
  assert.equal(target.kind, 'report', raw);
  return target as Extract<typeof target, { kind: 'report' }>;
};

test('a target is what it is, whatever was asked before', () => {
  const routes = new RouteTable([route('/cmu/v2'), route('/esm')]);
  const judge = new TargetJudge(routes);
  const piece = fc.constantFrom(
    '/cmu/v2',
    '/esm',
    '/year',
    '/a',
    '/b',
    '/..',
    '/%2e',
    '?',
    'a=1',
    '&access_token=x',
    '&b=2',
    '%41',
  );
  const target = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(target, (raw) => {
      const expected = judgeTarget(raw, routes);
      for (let twice = 0; twice < 2; twice++) {
        const found = judge.judge(raw, undefined);
        assert.equal(found.kind, expected.kind);
        if (found.kind !== 'report' || expected.kind !== 'report') continue;
        const query = withoutCredentials(expected.query);
        assert.deepEqual(
          [found.route, found.below, found.query, found.whole],
          [expected.route, expected.below, query, expected.below + query],
        );
      }
    }),
    { numRuns: 3000 },
  );
});

test('targets of the same length with the same bytes in most places are told apart', () => {
  const judge = new TargetJudge(new RouteTable([route('/cmu/v2')]));
  const targets = Array.from(
    { length: 2000 },
    (_, i) => `/cmu/v2/${String(i).padStart(4, '0')}/${'x'.repeat(40)}`,
  );
  for (let twice = 0; twice < 2; twice++) {
    for (const raw of targets) assert.equal(asked(judge, raw).whole, raw.slice('/cmu/v2'.length));
  }
});

test('what a target means depends on what the caller accepts', () => {
  const judge = new TargetJudge(new RouteTable([route('/cmu/v2')]));
  const keys = ['application/json', 'text/csv', undefined, 'text/csv', 'application/json'].map(
    (accept) => asked(judge, '/cmu/v2/year').variant(accept).key,
  );
  assert.notEqual(keys[0], keys[1]);
  assert.equal(keys[3], keys[1]);
  assert.equal(keys[4], keys[0]);
});

test('where the host chooses the route, it does so for each request', () => {
  const judge = new TargetJudge(
    new RouteTable([route('/cmu/v2', ['a.example']), route('/cmu/v2', ['b.example'])]),
  );
  const hosts = ['a.example', 'b.example', 'a.example'];
  assert.deepEqual(
    hosts.map((host) => asked(judge, '/cmu/v2/year', host).route.hosts[0]),
    hosts,
  );
});
