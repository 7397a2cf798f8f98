import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './cases.ts';
import { choose, measure } from './measure.ts';
import { cmuProxyPeers } from './peers/cmu-proxy.ts';
import type { Peer } from './peers/peer.ts';

/** The parts of a V8 CPU profile that are read here (Chrome DevTools Protocol, `Profiler.Profile`). */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds between samples. */
  readonly timeDeltas: readonly number[];
}

/** Where the time went: share of the busy time by function, greatest first. */
export function selfTimes(
  profile: CpuProfile,
): readonly { readonly where: string; readonly share: number }[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const micros = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const file = frame.url.replace(/^.*\/(node_modules|dist|src)\//, '$1/');
    const where = `${frame.functionName || '(anonymous)'} ${file}:${frame.lineNumber + 1}`;
    const delta = profile.timeDeltas[index] ?? 0;
    micros.set(where, (micros.get(where) ?? 0) + delta);
    busy += delta;
  }
  return [...micros]
    .map(([where, time]) => ({ where, share: time / busy }))
    .toSorted((a, b) => b.share - a.share);
}

/**
 * `node bench/profile.ts CASE [SECONDS [KEEP_DIR]]`: one case against cmu-proxy under V8's sampling profiler, then the forty
 * functions in which the time went. With a folder the `.cpuprofile` stays there, for Chrome's or VS Code's flame graph.
 */
async function main(caseName: string, seconds: number, keep: string | undefined): Promise<void> {
  const chosen = choose(cases, [caseName]);
  const dir = keep ?? mkdtempSync(join(tmpdir(), 'cmu-proxy-profile-'));
  const profiled = (peer: Peer): Peer => ({
    ...peer,
    abilities: peer.abilities.filter((ability) => ability !== 'resume'),
    prepare(context) {
      const command = peer.prepare(context);
      return {
        ...command,
        args: ['--cpu-prof', `--cpu-prof-dir=${dir}`, '--cpu-prof-interval=200', ...command.args],
      };
    },
  });
  const peers = Object.values(cmuProxyPeers(join(import.meta.dirname, '..')))
    .map(profiled)
    .filter(({ abilities }) => chosen.some(({ needs }) => needs !== undefined && abilities.includes(needs)))
    .slice(0, 1);
  await measure({ peers, cases: chosen, rounds: 1, seconds, openConnections: 100, progress: console.error });
  for (const name of readdirSync(dir).filter((file) => file.endsWith('.cpuprofile'))) {
    const profile: CpuProfile = JSON.parse(readFileSync(join(dir, name), 'utf8'));
    for (const { where, share } of selfTimes(profile).slice(0, 40)) {
      console.log(`${(100 * share).toFixed(1).padStart(5)} %  ${where}`);
    }
  }
  if (keep === undefined) rmSync(dir, { recursive: true });
}

const [caseName = 'pass', seconds = '3', keep] = process.argv.slice(2);
await main(caseName, Number(seconds), keep);
