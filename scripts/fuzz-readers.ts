import { parseArgs } from 'node:util';
import { diceOf } from '../test/support/dice.ts';
import { randomPieces, startTwoReaders } from '../test/support/two-readers.ts';

/**
 * `npm run fuzz -- [--seconds 30] [--seed N]`: sends random bytes to a proxy with the accelerator and to one without, and
 * compares what comes back. The seed repeats a run.
 */

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const until = performance.now() + Number(values.seconds) * 1000;
const random = diceOf(seed);
await using readers = await startTwoReaders();
let count = 0;
try {
  for (; performance.now() < until; count++) await readers.compare(randomPieces(random));
  console.log(`two readers, seed ${seed}: ${count} conversations, all told the same`);
} catch (error) {
  console.error(`two readers, seed ${seed}: conversation ${count} differs\n`, error);
  process.exitCode = 1;
}
