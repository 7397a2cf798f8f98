import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from '../../bench/soak/watch.ts';
import { call } from './http-client.ts';
import { startRedis } from './redis-server.ts';
import { RedisVandal } from './redis-vandal.ts';
import { type RunningServe, runServe } from './running-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startTestSandbox } from './test-sandbox.ts';

export interface VandalAccount {
  readonly calls: number;
  /** What callers got who were not answered with a report, while there was a good token. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
  readonly writes: number;
  /** Of a process that starts while somebody writes: until its first answer of any kind. */
  readonly coldAnswerMs: number;
  /** From the last write on, until all processes, one that has just started among them, give out a report. */
  readonly recoveredMs: number;
  readonly peakRssMib: number;
  readonly registrations: number;
  readonly tokens: number;
  /** All that the processes have logged. */
  readonly log: string;
}

const PACE_MS = 50;
const PATIENCE_MS = 30_000;

/** The program in two processes under load, and somebody who writes into their Redis for so long. */
export async function liveWithVandal(seconds: number): Promise<VandalAccount> {
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis());
  const folder = opened.use(await temporaryFolder());
  const sandbox = await startTestSandbox({ throttle: false, requestLogSize: 100 });
  opened.defer(() => sandbox.close());
  const statement = await sandbox.statement();
  let started = 0;
  const start = async (): Promise<RunningServe> => {
    started += 1;
    return opened.use(
      await runServe({
        // As in the image.
        env: { NODE_OPTIONS: '--max-semi-space-size=16' },
        settings: {
          LISTEN_PORT: '0',
          ADMIN_PORT: '0',
          DCR_URL: sandbox.url,
          UPSTREAM_URL: sandbox.url,
          SOFTWARE_STATEMENT: statement,
          STATE_DIR: folder.file(`state-${started}`),
          STATE_KEY: Buffer.alloc(32, 7).toString('base64'),
          REDIS_URL: redis.url,
          REDIS_REPLICAS: '4',
          REDIS_REPORTS_MAX_ENTRY_BYTES: '1048576',
        },
      }),
    );
  };

  const fleet = [await start(), await start()];
  for (const { url } of fleet) await answered(url);
  const failures: string[] = [];
  const peaks = new Map<RunningServe, number>();
  let [calls, slowestMs] = [0, 0];
  const under = new Set<Promise<void>>();
  const ask = async ({ url }: RunningServe): Promise<void> => {
    const began = performance.now();
    calls += 1;
    // Some are in memory, most are looked for in Redis.
    const target = `${url}/year/month?metrics=active-users&limit=${1 + (calls % 400)}`;
    const got = await call(target, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
      ({ status, text }) => (status === 200 ? undefined : `${status} ${text.slice(0, 200)}`),
      (error: unknown) => String(error),
    );
    slowestMs = Math.max(slowestMs, performance.now() - began);
    if (got !== undefined) failures.push(got);
  };
  const load = setInterval(() => {
    for (const process of fleet) {
      const asked = ask(process).finally(() => under.delete(asked));
      under.add(asked);
      peaks.set(process, Math.max(peaks.get(process) ?? 0, residentBytes(process.child.pid)));
    }
  }, PACE_MS);

  const vandal = new RedisVandal(redis.url);
  await sleep((seconds * 1000) / 2);
  const cold = await start();
  const coldBegan = performance.now();
  await call(`${cold.url}/year?limit=1`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const coldAnswerMs = performance.now() - coldBegan;
  await sleep((seconds * 1000) / 2);
  const late = await start();
  await vandal.stop();
  const stopped = performance.now();
  await Promise.all([...fleet, cold, late].map(({ url }) => answered(url)));
  const recoveredMs = performance.now() - stopped;
  clearInterval(load);
  await Promise.all(under);
  return {
    ...{ calls, failures, slowestMs, writes: vandal.writes, coldAnswerMs, recoveredMs },
    peakRssMib: Math.max(...peaks.values()) / 1024 / 1024,
    registrations: sandbox.counts.register,
    tokens: sandbox.counts.token,
    log: [...fleet, cold, late].map(({ output }) => output.stdout + output.stderr).join('\n'),
  };
}

/** Resolves with the first report. */
async function answered(url: string): Promise<void> {
  while ((await call(`${url}/year?limit=1`)).status !== 200) await sleep(100);
}
