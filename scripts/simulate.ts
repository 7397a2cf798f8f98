import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { simulate } from '../test/support/dcr-simulation.ts';
import { fleetScenarios } from '../test/support/fleet-scenarios.ts';
import { simulateFleet } from '../test/support/fleet-simulation.ts';
import { scenarios } from '../test/support/scenarios.ts';

/**
 * Lives through random scenarios with the real code of `oauth/`: `npm run simulate -- --scenarios 100000 --seed 7`; with `--fleet`, of several
 * replicas that share a Redis. A broken promise is printed with the smallest scenario that breaks it, and with the seed that finds it again; exit
 * code 1 then.
 */
const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    fleet: { type: 'boolean', default: false },
  },
});
const numRuns = Number(values.scenarios);
const seed = Number(values.seed);
if (!Number.isSafeInteger(numRuns) || numRuns < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run simulate -- [--fleet] [--scenarios N] [--seed S]');
  process.exit(2);
}

const total: Record<string, number> = { scenarios: 0 };
const startedAt = performance.now();
const seconds = () => Math.round((performance.now() - startedAt) / 1000);

interface Outcome {
  readonly violations: readonly string[];
}

/** Adds the figures of a scenario up. @throws {Error} with the promises that were broken */
const judge = ({ violations, ...figures }: Outcome): void => {
  total['scenarios'] = (total['scenarios'] ?? 0) + 1;
  for (const [name, value] of Object.entries(figures)) total[name] = (total[name] ?? 0) + Number(value);
  if (total['scenarios'] % 5_000 === 0) console.error(`${total['scenarios']} scenarios, ${seconds()} s`);
  if (violations.length > 0) throw new Error(violations.join('\n'));
};

const alone = fc.asyncProperty(scenarios, async (scenario) => judge(await simulate(scenario)));
const together = fc.asyncProperty(fleetScenarios, async (scenario) => judge(await simulateFleet(scenario)));
const parameters = { numRuns, seed };
const result = values.fleet ? await fc.check(together, parameters) : await fc.check(alone, parameters);

console.log(JSON.stringify({ seed, ...total, seconds: seconds(), failed: result.failed }));
if (result.failed) {
  console.log(`broken: ${result.errorInstance instanceof Error ? result.errorInstance.message : 'unknown'}`);
  console.log(`smallest scenario: ${JSON.stringify(result.counterexample?.[0])}`);
  process.exitCode = 1;
}
