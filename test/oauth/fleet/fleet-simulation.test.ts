import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fleetScenarios } from '../../support/fleet-scenarios.ts';
import { simulateFleet } from '../../support/fleet-simulation.ts';
import type { RedisModel } from '../../support/redis-model.ts';

test('Whatever happens to a fleet and its Redis in three minutes, every promise is kept', async () => {
  await fc.assert(
    fc.asyncProperty(fleetScenarios, async (scenario) => {
      assert.deepEqual((await simulateFleet(scenario)).violations, []);
    }),
    // Bounded: shrinking may take minutes. `npm run simulate -- --fleet` runs as many as asked.
    { numRuns: 40, interruptAfterTimeLimit: 15_000 },
  );
});

test('A fleet that nothing happens to makes one registration and one token call', async () => {
  const quiet = { seed: 1, replicas: 5, expiresIn: 21_600, happenings: [] };
  const { violations, registrations, tokenCalls } = await simulateFleet(quiet);
  // The second token and the third are those that the end of the simulation asks for.
  assert.deepEqual([violations, registrations, tokenCalls], [[], 1, 3]);
});

describe('The simulation of a fleet finds a bug that was put in on purpose:', () => {
  const finds = (what: string, bug: RedisModel['bug']) =>
    test(what, async () => {
      const result = await fc.check(
        fc.asyncProperty(
          fleetScenarios,
          async (scenario) => (await simulateFleet(scenario, bug)).violations.length === 0,
        ),
        // A seed whose histories show both soon.
        { numRuns: 500, seed: 16, endOnFailure: true },
      );
      assert.equal(result.failed, true);
    });

  finds('a lease that everybody gets', { noLease: true });
  finds('late writes that are taken', { noFence: true });
});
