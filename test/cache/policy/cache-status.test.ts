import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../../src/base/units.ts';
import { cacheStatus as status } from '../../../src/cache/policy/cache-status.ts';

test('a hit tells the freshness left in whole seconds, rounded down', () => {
  assert.equal(status.hit(seconds(30)), 'cmu-proxy; hit; ttl=30');
  assert.equal(status.hit(milliseconds(1_999)), 'cmu-proxy; hit; ttl=1');
  assert.equal(status.hit(milliseconds(-1)), 'cmu-proxy; hit; ttl=-1');
});

test('a stale answer for a failed upstream tells why', () => {
  assert.equal(status.hit(seconds(-5), 'upstream-503'), 'cmu-proxy; hit; ttl=-5; detail=upstream-503');
});

test('a forwarded request tells why it was forwarded and what became of it', () => {
  assert.equal(status.forwarded({ fwd: 'uri-miss' }), 'cmu-proxy; fwd=uri-miss');
  assert.equal(
    status.forwarded({
      fwd: 'stale',
      fwdStatus: 304,
      stored: true,
      collapsed: true,
      ttl: seconds(60),
      detail: 'only-if-cached',
    }),
    'cmu-proxy; fwd=stale; fwd-status=304; stored; collapsed; ttl=60; detail=only-if-cached',
  );
  assert.equal(status.forwarded({ fwd: 'bypass', stored: false, collapsed: false }), 'cmu-proxy; fwd=bypass');
});
