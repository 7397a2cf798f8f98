import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { simulate } from '../test/support/dcr-simulation.ts';
import { scenarios } from '../test/support/scenarios.ts';

/**
 * Lives through random scenarios with the real code of `dcr/`: `npm run simulate -- --scenarios 100000 --seed 7`.
 * A broken promise is printed with the smallest scenario that breaks it, and with the seed that finds it again; exit code 1 then.
 */
const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const numRuns = Number(values.scenarios);
const seed = Number(values.seed);
if (!Number.isSafeInteger(numRuns) || numRuns < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run simulate -- [--scenarios N] [--seed S]');
  process.exit(2);
}

const total = { scenarios: 0, answered: 0, unanswered: 0, restarts: 0 };
const startedAt = performance.now();
const seconds = () => Math.round((performance.now() - startedAt) / 1000);

const result = await fc.check(
  fc.asyncProperty(scenarios, async (scenario) => {
    const verdict = await simulate(scenario);
    total.scenarios += 1;
    total.answered += verdict.answered;
    total.unanswered += verdict.unanswered;
    total.restarts += verdict.restarts;
    if (total.scenarios % 5_000 === 0) console.error(`${total.scenarios} scenarios, ${seconds()} s`);
    if (verdict.violations.length > 0) throw new Error(verdict.violations.join('\n'));
  }),
  { numRuns, seed },
);

console.log(JSON.stringify({ seed, ...total, seconds: seconds(), failed: result.failed }));
if (result.failed) {
  console.log(`broken: ${result.errorInstance instanceof Error ? result.errorInstance.message : 'unknown'}`);
  console.log(`smallest scenario: ${JSON.stringify(result.counterexample?.[0])}`);
  process.exitCode = 1;
}
