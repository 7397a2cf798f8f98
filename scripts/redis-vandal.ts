import { parseArgs } from 'node:util';
import { liveWithVandal } from '../test/support/vandalised-fleet.ts';

/**
 * `node scripts/redis-vandal.ts [--seconds 60]`: the program under load while somebody writes garbage, huge values and
 * far-future numbers into every key of its Redis. Loopback only. Exits 1 if a caller fails, a process grows beyond
 * 200 MiB, or service is not back 10 s after the last write. Set PROGRAM_UNDER_TEST to run what `npm run build` made.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const { log: _, failures, ...account } = await liveWithVandal(Number(values.seconds));
console.table({ ...account, failures: failures.length });
for (const failure of failures.slice(0, 10)) console.log(failure);
const isGood = failures.length === 0 && account.peakRssMib <= 200 && account.recoveredMs <= 10_000;
process.exitCode = isGood ? 0 : 1;
