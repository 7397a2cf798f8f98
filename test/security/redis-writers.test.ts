import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutRedis } from '../support/redis-server.ts';
import { liveWithVandal } from '../support/vandalised-fleet.ts';

// A minute of it: `npm run verify redis-vandal`.
test('who writes anything into every key of Redis fails no caller, is not believed, and costs no memory', {
  skip: withoutRedis,
}, async () => {
  const account = await liveWithVandal(1.5);
  assert.deepEqual(account.failures, []);
  assert.ok(account.writes > 20, `${account.writes} writes`);
  assert.ok(account.peakRssMib <= 200, `${account.peakRssMib} MiB`);
  assert.doesNotMatch(account.log, /forged-canary/);
});
