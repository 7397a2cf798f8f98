import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Case, cases } from './cases.ts';
import { freePort } from './free-port.ts';
import { type Load, loadOn } from './load.ts';
import type { Peer } from './peers/peer.ts';
import { Samples } from './samples.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { paths, startUpstream, type Upstream } from './upstream.ts';

/** The server under test has a core to itself; whatever loads it or answers it shares the other. */
const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** The calling process polls and waits: it must not do so on the core of the server under test. */
export function stayOffTheServersCore(): void {
  spawnSync('taskset', ['-acp', String(LOAD_CORE), String(process.pid)]);
}

/** From exec to the first 200: not a case of its own, since each server is started in each round anyway. */
export const startCase: Case = {
  name: 'start',
  title: 'From exec to the first 200',
  needs: undefined,
  reference: 'nginx',
  metrics: {
    'first start': { unit: 'ms', better: 'lower' },
    'stored state': { unit: 'ms', better: 'lower' },
    CPU: { unit: 'ms, of the last start', better: 'lower' },
  },
  measure: async () => ({}),
};

export const allCases: readonly Case[] = [startCase, ...cases];

export interface Plan {
  readonly peers: readonly Peer[];
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly seconds: number;
  readonly openConnections: number;
  progress(line: string): void;
}

interface World {
  readonly plan: Plan;
  readonly upstream: Upstream;
  readonly load: Load;
  readonly samples: Samples;
}

const applies = ({ needs }: Case, { abilities }: Peer): boolean =>
  needs === undefined || abilities.includes(needs);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Starts one server twice if its second start is quicker by design, puts it through its cases, and stops it. */
async function measurePeer({ plan, upstream, load, samples }: World, peer: Peer, dir: string): Promise<void> {
  const port = await freePort();
  const command = peer.prepare({ dir, port, ...upstream.endpoints });
  const origin = `http://127.0.0.1:${port}`;
  const readyUrl = command.readyUrl ?? origin + paths.report;
  const start = (): Promise<ServerProcess> => startServer({ command, dir, core: SERVER_CORE, readyUrl });

  let server = await start();
  try {
    samples.add(startCase.name, peer.name, { 'first start': server.readyAfterMs });
    if (peer.abilities.includes('resume')) {
      await server.stop();
      server = await start();
      samples.add(startCase.name, peer.name, { 'stored state': server.readyAfterMs });
    }
    samples.add(startCase.name, peer.name, { CPU: 1000 * server.cpuSeconds() });
    for (const one of plan.cases) {
      if (!applies(one, peer)) continue;
      const { seconds, openConnections } = plan;
      try {
        const session = { server, load, origin, report: upstream.report, seconds, openConnections };
        const figures = await one.measure(session);
        samples.add(one.name, peer.name, figures);
        const shown = Object.entries(figures).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
        if (shown.length > 0) plan.progress(`  ${one.name}: ${shown.join(', ')}`);
      } catch (error) {
        samples.fail(one.name, peer.name, messageOf(error).split('\n')[0] ?? '');
        plan.progress(`  ${one.name}: ${messageOf(error)}`);
      }
    }
  } finally {
    await server.stop();
  }
}

/** Runs the plan: in each round every server, alone, through all of its cases; so that a drift of the machine meets all. */
export async function measure(plan: Plan): Promise<Samples> {
  const dir = mkdtempSync(join(tmpdir(), 'cmu-proxy-bench-'));
  chmodSync(dir, 0o755); // started by root, nginx and varnish read it as nobody
  const samples = new Samples();
  const upstream = await startUpstream(dir, LOAD_CORE);
  try {
    const peers = plan.peers.filter((peer) => plan.cases.some((one) => applies(one, peer)));
    const world = { plan, upstream, load: loadOn(LOAD_CORE, dir), samples };
    for (let round = 1; round <= plan.rounds; round++) {
      for (const [index, peer] of peers.entries()) {
        plan.progress(`round ${round}/${plan.rounds}: ${peer.name}`);
        const peerDir = join(dir, `${round}-${index}`);
        mkdirSync(peerDir);
        try {
          await measurePeer(world, peer, peerDir);
        } catch (error) {
          samples.fail(startCase.name, peer.name, messageOf(error).split('\n')[0] ?? '');
          plan.progress(`  left out: ${messageOf(error)}`);
        }
        rmSync(peerDir, { recursive: true, force: true });
      }
    }
  } finally {
    await upstream.stop();
    rmSync(dir, { recursive: true, force: true });
  }
  return samples;
}

/** Those of `all` that are named, or all; an unknown name is an error that lists the known ones. */
export function choose<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  const unknown = names?.find((name) => all.every((one) => one.name !== name));
  if (unknown !== undefined) {
    throw new TypeError(`"${unknown}" is none of: ${all.map(({ name }) => name).join(', ')}`);
  }
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}
