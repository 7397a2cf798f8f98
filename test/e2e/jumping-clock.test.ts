import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { startE2eWorld } from '../support/e2e-world.ts';

const HOUR = 3_600_000;

test('a clock that jumps an hour either way costs no token, no registration and no stored report', async (t) => {
  const { now } = Date;
  let offset = 0;
  t.mock.method(Date, 'now', () => now() + offset);
  // The clock at Adobe is right all the time.
  await using world = await startE2eWorld({ sandbox: { now: systemEffects.now, tokenLifetime: 600 } });
  assert.equal((await world.get('/year/month/day/hour')).status, 200);
  for (offset of [HOUR, -HOUR, 24 * HOUR]) {
    const stored = await world.get('/year/month/day/hour');
    assert.match(stored.header('cache-status') ?? '', /; hit/, `${offset}`);
    assert.ok(Number(stored.header('age')) < 600, `${stored.header('age')} s`);
    assert.equal((await world.get(`/year?limit=${1_000 + offset / HOUR}`)).status, 200);
    assert.equal(Object((await world.status())['token'])['state'], 'ready');
  }
  const { register, token } = world.sandbox.counts;
  assert.deepEqual([register, token], [1, 1]);
});
