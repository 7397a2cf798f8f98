import { spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Effects, systemEffects } from '../src/base/effects.ts';
import { Secret } from '../src/base/secret.ts';
import { epochMs, seconds } from '../src/base/units.ts';
import {
  createDcrClient,
  createFleetBudget,
  createMemoryStore,
  createRedisFleetStore,
  createStateCodec,
  createTokenBucket,
  LastingTokenSource,
  parseSoftwareStatement,
} from '../src/oauth/index.ts';
import { openRedisLink } from '../src/redis/redis-link.ts';
import { startSandbox } from '../src/sandbox/index.ts';
import { openDcrTransport } from '../src/upstream/dcr-transport.ts';

/*
 * A fleet against the sandbox with Adobe's throttle: replicas in one process, each with its own connections to Redis, its own token source and
 * no state. `node bench/fleet.ts [REPLICAS]`; needs redis-server.
 */
const REPLICAS = Number(process.argv[2] ?? 200);
const READY_LIMIT = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const folder = await mkdtemp(join(tmpdir(), 'cmu-proxy-bench-fleet-'));
const port = await freePort();
const startRedis = () =>
  spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--maxclients', '2000'],
    {
      stdio: 'ignore',
    },
  );

const codec = createStateCodec([{ id: '0'.repeat(16), key: createSecretKey(Buffer.alloc(32, 1)) }]);

/** How far the clock of every replica was set forward: nobody's timers know. */
let ahead = 0;
const effects: Effects = { ...systemEffects, now: () => epochMs(systemEffects.now() + ahead) };

async function startReplica(dcrUrl: URL, statement: string) {
  const link = await openRedisLink({
    url: new Secret(`redis://127.0.0.1:${port}`),
    nodes: [],
    cluster: false,
    sentinelMaster: '',
    timeoutMs: seconds(2),
    random: Math.random,
  });
  const fleet = createRedisFleetStore({ link, prefix: 'bench', codec, effects });
  const transport = openDcrTransport({ url: dcrUrl, timeoutMs: seconds(5) });
  const tokens = new LastingTokenSource({
    statement: parseSoftwareStatement(statement, epochMs(Date.now())),
    client: createDcrClient({
      url: dcrUrl,
      transport: transport.send,
      effects,
      userAgent: 'cmu-proxy/bench',
      deviceInfo: { model: 'bench', version: '1', osName: 'Linux' },
      registerPath: '/o/client/register',
      tokenPath: '/o/client/token',
      tokenRequestForm: 'body',
      timeoutMs: seconds(10),
    }),
    store: createMemoryStore(),
    budget: createFleetBudget({
      link,
      prefix: 'bench',
      dcrUrl,
      local: createTokenBucket(effects),
      effects,
    }),
    effects,
    onEvent: () => {},
    fleet: { store: fleet, replicas: REPLICAS },
  });
  return {
    tokens,
    close: async () => {
      await tokens.close();
      transport.close();
      await fleet.close();
    },
  };
}

type Replica = Awaited<ReturnType<typeof startReplica>>;

/** Resolves for each replica when it has a token, whatever its attempts; gives the times in milliseconds. */
async function readyTimes(replicas: readonly Replica[], since: number): Promise<number[]> {
  const times = await Promise.all(
    replicas.map(async ({ tokens }) => {
      while (tokens.current() === undefined) {
        if (performance.now() - since > READY_LIMIT) return Number.POSITIVE_INFINITY;
        await sleep(10);
      }
      return performance.now() - since;
    }),
  );
  return times.sort((a, b) => a - b);
}

async function scenario(
  name: string,
  run: (world: { start: () => Promise<Replica[]> }) => Promise<number[]>,
) {
  const sandbox = await startSandbox({ latency: { dcr: 580 } });
  const statement = await sandbox.statement();
  const replicas: Replica[] = [];
  const start = async () => {
    replicas.push(
      ...(await Promise.all(
        Array.from({ length: REPLICAS }, () => startReplica(new URL(sandbox.url), statement)),
      )),
    );
    return replicas;
  };
  const times = await run({ start });
  const { register, token, throttled } = sandbox.counts;
  const last = times.at(-1) ?? Number.NaN;
  const median = times[Math.floor(times.length / 2)] ?? Number.NaN;
  process.stdout.write(
    `| ${name} | ${REPLICAS} | ${register} | ${token} | ${throttled} | ${(median / 1000).toFixed(2)} s | ${(last / 1000).toFixed(2)} s |\n`,
  );
  await Promise.all(replicas.map(({ close }) => close()));
  await sandbox.close();
}

let redis = startRedis();
await sleep(500);
process.stdout.write(
  '| start | replicas | registrations | token calls | 429 | half ready | all ready |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n',
);

await scenario('cold, all at once', async ({ start }) => {
  const since = performance.now();
  return readyTimes(await start(), since);
});

await scenario('all tokens refused at once, after a cold start', async ({ start }) => {
  const replicas = await start();
  await readyTimes(replicas, performance.now());
  const since = performance.now();
  for (const { tokens } of replicas) {
    const token = tokens.current();
    if (token !== undefined) tokens.successor(token, { proven: true, newClient: false }).catch(() => {});
  }
  return readyTimes(replicas, since);
});

await scenario('all tokens end at once by the clock, after a cold start', async ({ start }) => {
  const replicas = await start();
  await readyTimes(replicas, performance.now());
  ahead += seconds(6 * 3600);
  const since = performance.now();
  for (const { tokens } of replicas) tokens.token().catch(() => {});
  return readyTimes(replicas, since);
});

await scenario('cold, Redis killed after 300 ms and back 3 s later, empty', async ({ start }) => {
  const since = performance.now();
  setTimeout(() => redis.kill('SIGKILL'), 300);
  setTimeout(() => {
    redis = startRedis();
  }, 3300);
  return readyTimes(await start(), since);
});

redis.kill('SIGKILL');
await once(redis, 'exit');
await rm(folder, { recursive: true, force: true });
