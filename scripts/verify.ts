import { join } from 'node:path';
import { runSteps, type Step } from './release/steps.ts';

/**
 * `npm run verify [-- NAME…]`: what takes minutes, and so is no part of `npm test`. Runs every night; ends with a table.
 * Exit code 1 if a step failed.
 */

const root = join(import.meta.dirname, '..');
const node = (...args: string[]): Step['command'] => [process.execPath, ...args];

const STEPS: readonly Step[] = [
  { name: 'scenarios', command: node('scripts/simulate.ts', '--scenarios', '100000') },
  { name: 'fleet-scenarios', command: node('scripts/simulate.ts', '--fleet', '--scenarios', '10000') },
  {
    name: 'kills',
    command: node('--test', 'test/oauth/token/lifecycle-kill.test.ts'),
    env: { KILLS: '1000' },
  },
  { name: 'redis-vandal', command: node('scripts/redis-vandal.ts', '--seconds', '60') },
  { name: 'rough-weather', command: node('scripts/rough-weather.ts') },
  { name: 'canary', command: node('scripts/canary.ts') },
  { name: 'drain', command: node('scripts/drain.ts') },
  { name: 'mutations', command: node('scripts/mutation-check.ts') },
  { name: 'soak', command: node('bench/soak.ts', '--seconds', '300') },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such step: ${unknown.join(', ')}; there are ${STEPS.map(({ name }) => name).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  const chosen = wanted.length === 0 ? STEPS : STEPS.filter(({ name }) => wanted.includes(name));
  process.exitCode = (await runSteps(chosen, root)) ? 0 : 1;
}
