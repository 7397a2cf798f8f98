import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './checkout.ts';
import { freePort } from './free-port.ts';
import { loadOn } from './load.ts';
import { loadAverage, machineLines, revisionLine } from './machine.ts';
import { cmuProxyPeers } from './peers/cmu-proxy.ts';
import { summarize } from './samples.ts';
import { startServer } from './server-process.ts';
import { paths, startUpstream } from './upstream.ts';

/**
 * What more processes bring (`listen.workers`): stored reports from all cores of a machine of two, with the load on one of them.
 *
 *     node bench/workers.ts [--rounds 5] [--seconds 4]
 *
 * On such a machine the load takes its part of what there is: what could be had at best is told from the processor time of a request.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' } },
});
const ROOT = join(import.meta.dirname, '..');
const ALL_CORES = '0,1';
const LOAD_CORE = 1;
const MIB = 1024 * 1024;

interface Sample {
  readonly perSecond: number;
  /** Of all processes, µs a request. */
  readonly cpu: number;
  readonly resident: number;
}

async function sample(dir: string, workers: number, seconds: number): Promise<Sample> {
  mkdirSync(dir);
  const upstream = await startUpstream(dir, LOAD_CORE);
  try {
    const port = await freePort();
    const { caching } = cmuProxyPeers(ROOT);
    const command = caching.prepare({ dir, port, ...upstream.endpoints });
    const env = { ...command.env, CMU_PROXY_LISTEN_WORKERS: String(workers) };
    const url = `http://127.0.0.1:${port}${paths.report}`;
    const server = await startServer({ command: { ...command, env }, dir, core: ALL_CORES, readyUrl: url });
    try {
      const load = loadOn(LOAD_CORE, dir);
      await load.saturate(url, { seconds: 1 });
      const before = server.cpuSeconds();
      const { requests, requestsPerSecond, failures } = await load.saturate(url, { seconds });
      if (failures > 0) throw new Error(`${failures} requests failed`);
      const cpu = (1e6 * (server.cpuSeconds() - before)) / requests;
      return { perSecond: requestsPerSecond, cpu, resident: server.residentBytes() / MIB };
    } finally {
      await server.stop();
    }
  } finally {
    await upstream.stop();
  }
}

build(ROOT);
const dir = mkdtempSync(join(tmpdir(), 'cmu-proxy-workers-'));
chmodSync(dir, 0o755);
const counts = [1, 2] as const;
const samples = new Map<number, Sample[]>(counts.map((count) => [count, []]));
const loadBefore = loadAverage();
for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const count of counts) {
    samples.get(count)?.push(await sample(join(dir, `${round}-${count}`), count, Number(values.seconds)));
  }
}
rmSync(dir, { recursive: true, force: true });

const shown = (of: readonly number[]): string => {
  const { median, least, most } = summarize(of);
  return `${Math.round(median)} (${Math.round(least)}-${Math.round(most)})`;
};
console.log(machineLines().join('\n'));
console.log(revisionLine(ROOT));
console.log(`- load average ${loadBefore} before, ${loadAverage()} after\n`);
console.log('| workers | hits a second | CPU, µs a hit | resident, MiB |\n| --- | --- | --- | --- |');
for (const [count, taken] of samples) {
  const column = (name: keyof Sample): string => shown(taken.map((one) => one[name]));
  console.log(`| ${count} | ${column('perSecond')} | ${column('cpu')} | ${column('resident')} |`);
}
