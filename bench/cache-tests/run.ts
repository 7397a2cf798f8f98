import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { KNOWN_FAILURES } from './known-failures.ts';
import { startShippedProxy } from './shipped-proxy.ts';
import { answerFieldsOf, readSuite, runClient, type SuiteResults, startOrigin } from './suite.ts';
import { verdictOn } from './verdict.ts';

const [checkout, id = ''] = process.argv.slice(2);
if (checkout === undefined) {
  process.stderr.write(
    'usage: node bench/cache-tests/run.ts CHECKOUT [TEST-ID]   (see the README beside it)\n',
  );
  process.exit(2);
}

const originPort = await freePort();
const stopOrigin = startOrigin(checkout, originPort);
try {
  const suite = await readSuite(checkout);
  await using proxy = await startShippedProxy(originPort, answerFieldsOf(suite));
  await sleep(1_000);
  const output = await runClient(checkout, { proxy: proxy.url, originPort }, id);
  if (id !== '') {
    process.stdout.write(output);
  } else {
    const results: SuiteResults = JSON.parse(output);
    const { report, unexpected } = verdictOn(suite, results, KNOWN_FAILURES);
    process.stdout.write(report);
    process.exitCode = unexpected === 0 ? 0 : 1;
  }
} finally {
  stopOrigin();
}
