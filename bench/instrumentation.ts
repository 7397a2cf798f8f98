import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from './arguments.ts';
import type { Case } from './cases.ts';
import { loadAverage, machineLines, revisionLine } from './machine.ts';
import { allCases, choose, measure, stayOffTheServersCore } from './measure.ts';
import { instrumentedPeers, referenceOf } from './peers/instrumented.ts';
import { caseTable, peerTable } from './report.ts';
import { runBench } from './run-bench.ts';

const root = join(import.meta.dirname, '..');

/** What telling about the work costs: the same requests with nothing counted, with metrics, access log and traces. */
async function main(argv: readonly string[]): Promise<void> {
  const options = parseArguments(argv, undefined);
  const chosen = choose(allCases, options.cases ?? ['pass', 'hit']).map(
    (one): Case => ({ ...one, reference: referenceOf(one.needs === 'pass' ? 'pass' : 'cache') }),
  );
  const peers = choose(instrumentedPeers(root), options.peers);
  stayOffTheServersCore();
  const revision = revisionLine(root);
  const loadBefore = loadAverage();
  const samples = await measure({
    ...options,
    peers,
    cases: chosen,
    progress: (line) => console.error(line),
  });
  const page = [
    ...machineLines(),
    revision,
    `- ${options.rounds} interleaved rounds, bursts of ${options.seconds} s; load average ${loadBefore} before, ${loadAverage()} after`,
    '',
    ...chosen.map((one) => caseTable(one, peers, samples)),
    peerTable(peers),
  ].join('\n');
  console.log(page);
  if (options.out !== undefined) writeFileSync(options.out, page);
}

await runBench('node bench/instrumentation.ts [options]', main);
