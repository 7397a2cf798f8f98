import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { startE2eWorld, until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';

const OUTAGES: Readonly<Record<string, (sandbox: Sandbox) => void>> = {
  throttled: ({ control }) => void control.answerStatus(429, { on: 'dcr' }),
  hanging: ({ control }) => void control.hang({ on: 'dcr' }),
  resetting: ({ control }) => void control.resetConnections({ on: 'dcr' }),
  failing: ({ control }) => void control.answerStatus(503, { on: 'dcr' }),
  'answering garbage': ({ control }) =>
    void control.answerStatus(200, { on: 'dcr', body: '<html>maintenance</html>' }),
};

const UNCACHED = { CACHE_MAX_BYTES: '0' };
/** A hanging server is given up soon; the others are to answer however busy the machine is. */
const settingsFor = (outage: string) =>
  outage === 'hanging' ? { ...UNCACHED, DCR_TIMEOUT_MS: '1000' } : UNCACHED;

/** Keeps calling, as scripts do that do not care, and gathers what they see. */
const pester = async (get: () => Promise<{ status: number }>, milliseconds: number): Promise<Set<number>> => {
  const statuses = new Set<number>();
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    statuses.add((await get()).status);
    await delay(20);
  }
  return statuses;
};

test('an outage of the DCR server', { concurrency: 4 }, async (t) => {
  const scenarios = Object.entries(OUTAGES).flatMap(([name, outage]) => [
    t.test(`${name} at the start: 503 with what to do, no hammering, recovery by itself`, async () => {
      await using world = await startE2eWorld({
        settings: settingsFor(name),
        before: outage,
      });
      // A busy machine may have the proxy shed what comes while it starts; that says nothing of the outage.
      await until(async () => !(await world.get('/year/month?limit=1')).text.includes('problem:overloaded'));
      const refused = await world.get('/year/month?limit=1');
      assert.equal(refused.status, 503);
      assert.match(refused.header('content-type') ?? '', /^application\/problem\+json/);
      assert.match(refused.header('retry-after') ?? '', /^[1-9]\d*$/);
      assert.match(refused.header('proxy-status') ?? '', /^cmu-proxy; error=/);
      assert.match(refused.text, /"type":"urn:cmu-proxy:problem:no-token"/);

      // Five seconds are the acceptance's measure of hammering; the others need only show that they live on.
      const statuses = await pester(
        () => world.get('/year/month?limit=1'),
        name === 'throttled' ? 5_000 : 1_000,
      );
      assert.deepEqual([...statuses], [503]);
      const { register, token } = world.sandbox.counts;
      assert.ok(register + token <= 5, `${register + token} DCR calls`);
      world.sandbox.control.clearFaults();
      await until(async () => (await world.get('/year/month?limit=1')).status === 200);
    }),
    t.test(`${name} later: the old token serves to its end, then 503, then recovery`, async () => {
      await using world = await startE2eWorld({
        settings: settingsFor(name),
        sandbox: { tokenLifetime: 3 },
      });
      await until(async () => (await world.get('/year/month?limit=1')).status === 200);
      const { register } = world.sandbox.counts;
      outage(world.sandbox);
      // The last answer came from a token that is alive: the next ones do as well, until it dies.
      const seen: number[] = [200];
      while (seen.at(-1) !== 503) {
        seen.push((await world.get('/year/month?limit=1')).status);
        await delay(20);
      }
      // Once the token is dead there is no way back but a new one: never anything but these two.
      assert.deepEqual([...new Set(seen)], [200, 503], 'something else came in between');
      // Every replica is in the same state: stored reports are still to be had from it.
      const readiness = async (query: string) => {
        const { status, json } = await call(`${world.proxy.adminUrl}/readyz${query}`);
        return [status, Object(json()).reason];
      };
      assert.deepEqual(await readiness(''), [200, 'degraded']);
      assert.deepEqual(await readiness('?strict'), [503, 'unavailable']);
      world.sandbox.control.clearFaults();
      await until(async () => (await world.get('/year/month?limit=1')).status === 200);
      assert.equal(world.sandbox.counts.register, register);
    }),
  ]);
  await Promise.all(scenarios);
});
