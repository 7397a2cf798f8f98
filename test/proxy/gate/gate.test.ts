import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallerToken } from '../../../src/proxy/gate/caller-tokens.ts';
import { admittanceOf, gate, type Verdict } from '../../../src/proxy/gate/gate.ts';
import { loopMark } from '../../../src/proxy/gate/loop.ts';
import { readRequestHead } from '../../../src/proxy/gate/request-head.ts';
import type { Route } from '../../../src/proxy/gate/route.ts';

/** Of a route, only what a request is judged by. */
const route = (prefix: string, hosts: readonly string[] = []): Route =>
  ({ id: prefix, kind: 'report', prefix, hosts }) as unknown as Route;

interface Given {
  readonly method?: string;
  readonly fields?: readonly string[];
  readonly routes?: readonly Route[];
  readonly callerTokens?: readonly CallerToken[];
}

const judged = (target: string, given: Given = {}): Verdict => {
  const { method = 'GET', fields = ['Host', 'localhost'], callerTokens = [] } = given;
  const routes = given.routes ?? [route('/cmu/v2')];
  const asked = { method, target, fields, head: readRequestHead(fields), peer: undefined };
  const service = { routes, allowedHosts: new Set<string>(), callerTokens };
  return gate(asked, admittanceOf(service, loopMark('feedfeedfeed')));
};

const told = (verdict: Verdict): string => {
  if (verdict.kind === 'report') return `${verdict.below}${verdict.query}`;
  return verdict.kind === 'refused' ? verdict.problem.name : verdict.kind;
};

test('what passes goes on byte for byte, without a caller’s token', () => {
  assert.equal(told(judged('/cmu/v2/year?a!=b&access_token=x&a!=c')), '/year?a!=b&a!=c');
  assert.equal(told(judged('/cmu/v2')), '');
  assert.equal(told(judged('/nothing')), 'elsewhere');
});

test('of what is wrong with a request, the first is told: target, host, caller, method', () => {
  const callerTokens = [{ name: 'a', sha256: Buffer.alloc(32) }];
  const fields = ['Host', 'evil.test'];
  const all = { method: 'DELETE', callerTokens };
  assert.equal(told(judged('/cmu/v2/..', { ...all, fields })), 'bad-request');
  assert.equal(told(judged('/cmu/v2/x', { ...all, fields })), 'misdirected-host');
  assert.equal(told(judged('/cmu/v2/x', all)), 'caller-not-authenticated');
  assert.equal(told(judged('/cmu/v2/x', { method: 'DELETE' })), 'method-not-allowed');
});

test('where the host chooses the route, it does so for each request', () => {
  const routes = [route('/cmu/v2', ['a.example']), route('/cmu/v2', ['b.example']), route('/cmu/v2')];
  for (const [host, expected] of [
    ['a.example', undefined],
    ['127.0.0.1', []],
  ] as const) {
    const verdict = judged('/cmu/v2/year', { routes, fields: ['Host', host] });
    const found = verdict.kind === 'refused' ? verdict.passage : verdict;
    assert.ok(found !== undefined && found.kind === 'report');
    assert.deepEqual(found.route.hosts, expected ?? [host]);
  }
});
