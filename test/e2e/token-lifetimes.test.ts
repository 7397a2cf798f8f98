import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type E2eWorld, startE2eWorld } from '../support/e2e-world.ts';

/** Callers who ask one after the other until the time is over. @returns how often each status came */
const load = async (world: E2eWorld, callers: number, milliseconds: number) => {
  const counts: Record<string, number> = {};
  let going = true;
  const over = delay(milliseconds).then(() => {
    going = false;
  });
  const one = async () => {
    while (going) {
      const { status, text } = await world.get('/year/month?limit=2');
      const outcome = status === 200 ? '200' : `${status} ${text}`;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      await delay(10);
    }
  };
  await Promise.all([over, ...Array.from({ length: callers }, one)]);
  return counts;
};

const UNCACHED = { CACHE_MAX_BYTES: '0' };

test('callers never see tokens die', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('that live for two seconds', async () => {
      await using world = await startE2eWorld({ sandbox: { tokenLifetime: 2 }, settings: UNCACHED });
      const counts = await load(world, 8, 4_500);
      assert.deepEqual(Object.keys(counts), ['200']);
      assert.ok(world.sandbox.counts.token >= 3, `${world.sandbox.counts.token} tokens`);
      assert.equal(world.sandbox.counts.register, 1);
    }),
    t.test('that are revoked at random', async () => {
      await using world = await startE2eWorld({ settings: UNCACHED });
      const pauses = [500, 900, 450, 1100, 700];
      const revoking = (async () => {
        for (const pause of pauses) {
          await delay(pause);
          world.sandbox.control.revokeTokens();
        }
      })();
      const counts = await load(world, 8, 4_500);
      await revoking;
      assert.deepEqual(Object.keys(counts), ['200']);
      assert.ok(world.sandbox.counts.unauthorized > 0, 'no revocation was noticed');
      assert.equal(world.sandbox.counts.register, 1);
    }),
  ]);
});
