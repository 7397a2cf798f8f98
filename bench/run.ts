import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from './arguments.ts';
import { build } from './checkout.ts';
import { loadAverage, machineLines, revisionLine } from './machine.ts';
import { allCases, choose, measure, startCase, stayOffTheServersCore } from './measure.ts';
import { allPeers } from './peers/index.ts';
import { installNpmPeers } from './peers/npm-peers.ts';
import { caseTable, peerTable, targetTable } from './report.ts';
import { runBench } from './run-bench.ts';

const root = join(import.meta.dirname, '..');

/** `npm run bench`: measures, prints, and writes `bench/results.md`. */
async function main(argv: readonly string[]): Promise<void> {
  const options = parseArguments(argv, join(import.meta.dirname, 'results.md'));
  const chosenCases = choose(allCases, options.cases);
  const wanted = choose(allPeers(root), options.peers);
  stayOffTheServersCore();
  if (options.peers === undefined) installNpmPeers();
  if (wanted.some(({ name }) => name.startsWith('cmu-proxy'))) build(root);
  const peers = wanted.filter((peer) => peer.version() !== undefined);
  const missing = wanted.filter((peer) => peer.version() === undefined).map(({ name }) => name);

  const revision = revisionLine(root);
  const startedAt = new Date();
  const loadBefore = loadAverage();
  const samples = await measure({
    ...options,
    peers,
    cases: chosenCases,
    progress: (line) => console.error(line),
  });
  const { rounds, seconds, openConnections } = options;
  const page = [
    '# Benchmark results',
    '',
    `Written by \`npm run bench\` on ${startedAt.toISOString().slice(0, 16)}Z; read with [README.md](README.md).`,
    '',
    ...machineLines(),
    revision,
    `- ${rounds} interleaved rounds, bursts of ${seconds} s, ${openConnections} open connections; load average ${loadBefore} before, ${loadAverage()} after`,
    ...peers.flatMap(({ name }) => {
      const reason = samples.failure(startCase.name, name);
      return reason === undefined ? [] : [`- did not start: ${name} (${reason})`];
    }),
    ...(missing.length === 0 ? [] : [`- not installed, left out: ${missing.join(', ')}`]),
    '',
    targetTable(samples),
    ...chosenCases.map((one) => caseTable(one, peers, samples)).filter(Boolean),
    peerTable(peers),
  ].join('\n');
  console.log(page);
  if (options.out !== undefined) writeFileSync(options.out, page);
}

await runBench('npm run bench -- [options]', main);
