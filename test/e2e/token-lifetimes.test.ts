import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type E2eWorld, startE2eWorld, until } from '../support/e2e-world.ts';

/** Callers who ask one after the other, until they are told to stop. */
const startLoad = (world: E2eWorld, callers: number) => {
  const outcomes = new Set<string>();
  const asked = Array.from({ length: callers }, () => 0);
  let going = true;
  const running = asked.map(async (_, caller) => {
    while (going) {
      const { status, text } = await world.get('/year/month?limit=2');
      outcomes.add(status === 200 ? '200' : `${status} ${text}`);
      asked[caller] = (asked[caller] ?? 0) + 1;
      await delay(25);
    }
  });
  return {
    /** Waits until each caller has begun a request after now, and had its answer. */
    everyCaller: async () => {
      const before = [...asked];
      await until(() => asked.every((count, caller) => count >= (before[caller] ?? 0) + 2));
    },
    /** @returns all that callers saw */
    stop: async () => {
      going = false;
      await Promise.all(running);
      return [...outcomes];
    },
  };
};

const UNCACHED = { UPSTREAM_MAX_REQUESTS_PER_SECOND: '0', CACHE_MAX_BYTES: '0' };

test('callers never see tokens die', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('that live for two seconds', async () => {
      await using world = await startE2eWorld({ sandbox: { tokenLifetime: 2 }, settings: UNCACHED });
      const load = startLoad(world, 8);
      await delay(4_500);
      assert.deepEqual(await load.stop(), ['200']);
      assert.ok(world.sandbox.counts.token >= 3, `${world.sandbox.counts.token} tokens`);
      assert.equal(world.sandbox.counts.register, 1);
    }),
    t.test('that are revoked at random', async () => {
      await using world = await startE2eWorld({ settings: UNCACHED });
      const load = startLoad(world, 8);
      for (const pause of [500, 700, 0, 300, 0, 900, 100]) {
        await delay(pause);
        // A request whose second token is revoked as well, on its way, has nothing left to try.
        await load.everyCaller();
        world.sandbox.control.revokeTokens();
      }
      await load.everyCaller();
      assert.deepEqual(await load.stop(), ['200']);
      assert.ok(world.sandbox.counts.unauthorized > 0, 'no revocation was noticed');
      assert.equal(world.sandbox.counts.register, 1);
    }),
  ]);
});
