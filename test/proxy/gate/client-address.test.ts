import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress } from '../../../src/proxy/gate/client-address.ts';
import { serviceOf } from '../../../src/service/running/routes.ts';
import { configOf } from '../../support/test-config.ts';

const config = await configOf({ LISTEN_TRUST_PROXY: '10.0.0.0/8, 2001:db8::1' });
const trusted = serviceOf(config, []).trustProxy;

const TABLE: readonly [
  peer: string | undefined,
  fields: { forwarded?: string; xForwardedFor?: string },
  client: string | undefined,
][] = [
  [undefined, { xForwardedFor: '192.0.2.1' }, undefined],
  ['192.0.2.9', {}, '192.0.2.9'],
  ['192.0.2.9', { xForwardedFor: '192.0.2.1' }, '192.0.2.9'],
  ['10.0.0.1', {}, '10.0.0.1'],
  ['10.0.0.1', { xForwardedFor: '192.0.2.1' }, '192.0.2.1'],
  ['::ffff:10.0.0.1', { xForwardedFor: '192.0.2.1' }, '192.0.2.1'],
  ['2001:db8::1', { xForwardedFor: '2001:db8::2' }, '2001:db8::2'],
  // What the caller has put there stands further left.
  ['10.0.0.1', { xForwardedFor: '127.0.0.1, 192.0.2.1' }, '192.0.2.1'],
  ['10.0.0.1', { xForwardedFor: '192.0.2.1, 10.0.0.2, 10.0.0.3' }, '192.0.2.1'],
  ['10.0.0.1', { xForwardedFor: '10.0.0.2' }, '10.0.0.2'],
  ['10.0.0.1', { xForwardedFor: '192.0.2.1:4711' }, '192.0.2.1'],
  ['10.0.0.1', { xForwardedFor: '"; drop table, 10.0.0.2' }, '10.0.0.2'],
  ['10.0.0.1', { xForwardedFor: 'unknown' }, '10.0.0.1'],
  ['10.0.0.1', { forwarded: 'for=192.0.2.1;proto=http, for=10.0.0.2' }, '192.0.2.1'],
  ['10.0.0.1', { forwarded: 'proto=http;For="[2001:db8::2]:4711"' }, '2001:db8::2'],
  ['10.0.0.1', { forwarded: 'for=_hidden' }, '10.0.0.1'],
  ['10.0.0.1', { forwarded: 'by=10.0.0.1', xForwardedFor: '192.0.2.1' }, '10.0.0.1'],
];

for (const [peer, fields, client] of TABLE) {
  test(`${peer} ${JSON.stringify(fields)} is ${client}`, () => {
    const head = { forwarded: fields.forwarded, xForwardedFor: fields.xForwardedFor };
    assert.equal(clientAddress(peer, head, trusted), client);
    assert.equal(clientAddress(peer, head, undefined), peer);
  });
}
