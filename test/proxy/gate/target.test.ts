import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteTable } from '../../../src/proxy/gate/route-table.ts';
import { judgeTarget, MAX_TARGET_LENGTH } from '../../../src/proxy/gate/target.ts';

const ROUTES = new RouteTable([
  { prefix: '/cmu/v2', hosts: [] },
  { prefix: '/cmu/v2/long', hosts: [] },
]);

const verdict = (raw: string) => {
  const judged = judgeTarget(raw, ROUTES);
  return judged.kind === 'report' ? [judged.route.prefix, judged.below, judged.query] : judged.kind;
};

test('a target under a prefix is split into what is below it and the query, byte for byte', () => {
  const cases: readonly (readonly [raw: string, route: string, below: string, query: string])[] = [
    ['/cmu/v2', '/cmu/v2', '', ''],
    ['/cmu/v2/', '/cmu/v2', '/', ''],
    ['/cmu/v2?', '/cmu/v2', '', '?'],
    ['/cmu/v2/year?a!=b&a=%zz%00/../', '/cmu/v2', '/year', '?a!=b&a=%zz%00/../'],
    ['/cmu/v2/y.csv?x?y', '/cmu/v2', '/y.csv', '?x?y'],
    ['/cmu/v2//a//', '/cmu/v2', '//a//', ''],
    ['/cmu/v2/%C3%A9%20', '/cmu/v2', '/%C3%A9%20', ''],
    ['/cmu/v2/...', '/cmu/v2', '/...', ''],
    ['/cmu/v2/.well', '/cmu/v2', '/.well', ''],
    ['/cmu/v2/a..b', '/cmu/v2', '/a..b', ''],
    ["/cmu/v2/a:b@c!$&'()*+,=~_-", '/cmu/v2', "/a:b@c!$&'()*+,=~_-", ''],
    ['/cmu/v2/long/x', '/cmu/v2/long', '/x', ''],
    ['/cmu/v2/longer', '/cmu/v2', '/longer', ''],
    ['/cmu/v2.csv', '/cmu/v2', '.csv', ''],
    ['/cmu/v2.json?limit=1', '/cmu/v2', '.json', '?limit=1'],
  ];
  for (const [raw, ...expected] of cases) assert.deepEqual(verdict(raw), expected, raw);
});

test('what is well-formed and not under a prefix, compared byte for byte, is elsewhere', () => {
  for (const raw of [
    '/',
    '/x',
    '/cmu',
    '/cmu/v2x',
    '/CMU/v2/x',
    '/%63mu/v2/x',
    '//cmu/v2/x',
    '/cmu//v2/x',
    '/cmu/v2.exe',
    '/cmu/v2.csv/x',
    '/cmu/v2.csvx',
    '/cmu/v2.',
  ]) {
    assert.equal(verdict(raw), 'elsewhere', raw);
  }
});

test('a path that two servers could read differently is refused (docs/threat-model.md)', () => {
  const segments = [
    ...['.', '..', '%2e', '%2E', '.%2e', '%2e.', '%2e%2e', '%2E%2e'],
    ...['..%2f', '%2f', '%2F', 'a%2fb', '..%5c', '%5c', '%5C', '\\..', 'a\\b', '\\'],
    ...['..;', 'a;b', ';', 'a;jsessionid=1', '%3b', '%3B'],
    ...['%252e%252e', '%25', '%2525', '%25zz'],
    ...['%', '%z', '%zz', '%2', '%g0', '%0g', '%u002e'],
    ...['%00', '%0a', '%0D', '%1f', '%7f', '\0', '\t', ' ', '\x7f', 'é', '\xff'],
    ...['%ff', '%c0%ae', '%c3', '%80', '%ed%a0%80'],
  ];
  for (const segment of segments) {
    for (const raw of [
      `/cmu/v2/${segment}`,
      `/cmu/v2/${segment}/x`,
      `/cmu/v2/x/${segment}?y=1`,
      `/${segment}/x`,
    ]) {
      assert.equal(verdict(raw), 'refused', JSON.stringify(raw));
    }
  }
});

test('a fragment is refused, in the query as well', () => {
  for (const raw of ['/cmu/v2/x#/../y', '/cmu/v2/x?a=#b', '/#']) assert.equal(verdict(raw), 'refused', raw);
});

test('only a path is a target: no absolute URL, no authority, no asterisk, nothing', () => {
  for (const raw of ['', '*', 'http://evil/cmu/v2/x', 'evil:443', '\\evil\\x', ' /cmu/v2', '?x', 'cmu/v2']) {
    assert.equal(verdict(raw), 'refused', raw);
  }
});

test('the length of a target is bounded', () => {
  const longest = `/cmu/v2/${'x'.repeat(MAX_TARGET_LENGTH - 8)}`;
  assert.deepEqual(verdict(longest), ['/cmu/v2', longest.slice(7), '']);
  const judged = judgeTarget(`${longest}x`, ROUTES);
  assert.ok(judged.kind === 'refused');
  assert.equal(judged.problem.status, 414);
});
