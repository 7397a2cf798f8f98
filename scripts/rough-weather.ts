import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { call } from '../test/support/http-client.ts';
import { type ServiceWorld, startServiceWorld } from '../test/support/service-world.ts';
import { startTcpProxy } from '../test/support/tcp-proxy.ts';

/**
 * Three loads on the whole proxy before the sandbox, over real sockets and in real time: `node scripts/rough-weather.ts
 * [--seconds 60]`. Exit code 1 if callers notice more than they must.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);

const CMU = '/cmu/v2/year/month';
const ESM = '/esm/v3/media-company/year/month';
/** Nothing is stored, so that each call is a request. */
const yaml = (upstream: string) => `
softwareStatementFile: DIR/a.txt
cache: { maxBytes: 0 }
upstream: { url: ${upstream} }
listen: { port: 0 }
admin: { port: 0 }
dcr: { url: SANDBOX }
state: { dir: DIR/state }
routes:
  - { name: cmu }
  - { name: esm, prefix: /esm/v3, upstream: { url: ${upstream}, prefix: /esm/v3 } }
`;

const PER_SECOND = 20;

interface Load {
  readonly name: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly good: boolean;
}

/** A token that lives for 8 s, of which the API learns 0.8 s late. */
const lagging = { tokenLag: 800, tokenLifetime: 8 } as const;

/** Calls evenly, whatever becomes of them. @returns statuses other than 200, by how many */
async function callEvenly(world: ServiceWorld, during: (second: number) => void): Promise<Load['figures']> {
  const counts = { calls: 0, failed: 0 };
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < seconds * PER_SECOND; i++) {
    if (i % PER_SECOND === 0) during(i / PER_SECOND);
    counts.calls += 1;
    const done = (good: boolean): void => {
      if (!good) counts.failed += 1;
    };
    calls.push(
      world.get(CMU).then(
        ({ status }) => done(status === 200),
        () => done(false),
      ),
    );
    await pause(Math.max(0, startedAt + ((i + 1) * 1_000) / PER_SECOND - performance.now()));
  }
  await Promise.all(calls);
  const { register, token } = world.sandbox.counts;
  return { ...counts, registrations: register, tokens: token };
}

async function refresh(): Promise<Load> {
  await using world = await startServiceWorld({ statements: ['a'], yaml: yaml('SANDBOX'), sandbox: lagging });
  await world.get(CMU);
  const figures = await callEvenly(world, () => {});
  return { name: 'refresh over an API that lags', figures, good: figures['failed'] === 0 };
}

async function besideRefusals(): Promise<Load> {
  await using world = await startServiceWorld({ statements: ['a'], yaml: yaml('SANDBOX'), sandbox: lagging });
  await world.get(CMU);
  world.sandbox.control.refuse('unauthorized', { path: '/esm/v3' });
  let refused = 0;
  const figures = await callEvenly(world, () => {
    const count = ({ status }: { readonly status: number }): void => {
      if (status === 401) refused += 1;
    };
    world.get(ESM).then(count, () => {});
  });
  return {
    name: 'the same, ESM refused each second',
    figures: { ...figures, refused },
    good: figures['failed'] === 0 && figures['registrations'] === 1,
  };
}

/** The network to the API takes everything and gives nothing for 3 s, and has forgotten its connections then. */
async function blackHole(): Promise<Load> {
  await using world = await startServiceWorld({ statements: ['a'], yaml: yaml('SANDBOX') });
  await using network = await startTcpProxy(Number(new URL(world.sandbox.url).port));
  await world.reload(yaml(`http://127.0.0.1:${network.port}`));
  await Promise.all(Array.from({ length: 8 }, () => world.get(CMU)));
  network.swallow();
  const origin = new URL(world.proxy.url).origin;
  let back = Number.POSITIVE_INFINITY;
  const good: number[] = [];
  const callers = Array.from({ length: 50 }, async () => {
    // As callers do: whoever is told to come back comes back.
    for (let tries = 0; tries < 20; tries++) {
      const { status } = await call(origin + CMU);
      if (status === 200) return void good.push(performance.now() - back);
      await pause(250);
    }
  });
  await pause(3_000);
  network.mend();
  back = performance.now();
  await Promise.all(callers);
  const sorted = good.toSorted((a, b) => a - b).map(Math.round);
  const figures = {
    callers: 50,
    answered: good.length,
    firstMs: sorted[0] ?? -1,
    lastMs: sorted.at(-1) ?? -1,
  };
  return { name: 'black hole of 3 s', figures, good: good.length === 50 && figures.firstMs <= 2_000 };
}

for (const load of [refresh, besideRefusals, blackHole]) {
  const { name, figures, good } = await load();
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name}: ${JSON.stringify(figures)}`);
  if (!good) process.exitCode = 1;
}
process.exit();
