import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absoluteTarget, ForwardNames } from '../../../src/proxy/gate/absolute-form.ts';
import type { AnyRoute } from '../../../src/proxy/gate/route.ts';
import { judgeTarget } from '../../../src/proxy/gate/target.ts';

const route = (id: string, prefix: string, origin: string, upstreamPrefix: string): AnyRoute =>
  ({ id, prefix, upstreamPrefix, upstream: { origin } }) as AnyRoute;

const NAMES = new ForwardNames([
  route('cmu', '/cmu/v2', 'https://mgmt.example.com', '/cmu/v2'),
  route('esm', '/esm', 'https://mgmt.example.com', '/esm/v3'),
  route('staging', '/staging/cmu/v2', 'https://stage.example.com:8443', '/v2'),
  route('brand-a', '/a', 'https://shared.example.com', '/cmu/v2'),
  route('brand-b', '/b', 'https://shared.example.com', '/cmu/v2'),
]);

/** The route and what is below its prefix, or what it is instead. */
const leadsTo = (raw: string): string => {
  const absolute = absoluteTarget(raw);
  const places = absolute && NAMES.placesAt(absolute);
  if (absolute === undefined || places === undefined) return 'nowhere';
  const found = judgeTarget(absolute.rest, places);
  return found.kind === 'report' ? `${found.route.route.id} ${found.below}${found.query}` : found.kind;
};

for (const [raw, where] of [
  ['http://mgmt.example.com/cmu/v2/year?a=%20', 'cmu /year?a=%20'],
  ['HTTP://MGMT.Example.COM:80/cmu/v2', 'cmu '],
  ['http://mgmt.example.com:443/esm/v3/year', 'esm /year'],
  ['http://mgmt.example.com/esm/year', 'esm /year'],
  ['http://mgmt.example.com/o/client/token', 'elsewhere'],
  ['http://mgmt.example.com/cmu/v2/../x', 'refused'],
  ['http://mgmt.example.com?/cmu/v2/x', 'elsewhere'],
  ['http://mgmt.example.com:8443/cmu/v2', 'nowhere'],
  ['http://stage.example.com:8443/v2/year', 'staging /year'],
  ['http://stage.example.com/staging/cmu/v2/year', 'staging /year'],
  ['http://user@mgmt.example.com/cmu/v2', 'nowhere'],
  ['http://mgmt.example.com./cmu/v2', 'nowhere'],
  ['https://mgmt.example.com/cmu/v2', 'nowhere'],
  // Whose data it would be, nobody can tell.
  ['http://shared.example.com/cmu/v2/year', 'elsewhere'],
  ['http://shared.example.com/b/year', 'brand-b /year'],
] as const) {
  test(`${raw} leads to ${where}`, () => assert.equal(leadsTo(raw), where));
}
