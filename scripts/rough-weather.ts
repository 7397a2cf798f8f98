import { parseArgs } from 'node:util';
import { besideRefusals, blackHole, refreshOverLag } from './rough-weather/loads.ts';

/**
 * Three loads on the whole proxy, of a minute each: `node scripts/rough-weather.ts [--seconds 60]`. Exit code 1 if
 * callers notice more than they must. test/e2e/rough-weather.test.ts has short ones.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const lagging = { seconds: Number(values.seconds), tokenLifetime: 8, tokenLag: 800 };

const tell = (name: string, figures: object, good: boolean): void => {
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name}: ${JSON.stringify(figures)}`);
  if (!good) process.exitCode = 1;
};

const refreshed = await refreshOverLag(lagging);
tell('refresh over an API that lags', refreshed, refreshed.failed === 0);

const beside = await besideRefusals(lagging);
tell('the same, ESM refused each second', beside, beside.failed === 0 && beside.registrations === 1);

const answered = await blackHole({ callers: 50, seconds: 3 });
const [firstMs = -1, lastMs = -1] = [answered[0], answered.at(-1)];
const figures = { callers: 50, answered: answered.length, firstMs, lastMs };
tell('black hole of 3 s', figures, answered.length === 50 && firstMs <= 2_000);
process.exit();
