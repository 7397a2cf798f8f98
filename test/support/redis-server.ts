import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const IN_CI = process.env['CI'] !== undefined;

/** A reason to skip what needs a real Redis, said loudly; none where there is one. In CI its lack is a failure. */
export const withoutRedis: string | false = (() => {
  if (spawnSync('redis-server', ['--version']).status === 0) return false;
  if (IN_CI) throw new Error('redis-server is missing: .ci/run installs it');
  process.stderr.write(
    '!!! redis-server is missing: the tests of the shared store are SKIPPED (apt-get install redis-server)\n',
  );
  return 'redis-server is not installed';
})();

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** A plain client for looking inside; closed with the server. */
  readonly inside: Redis;
  kill(): Promise<void>;
  /** On the same port and folder: what was persisted is there again. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A port that nobody listens on at the moment. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

/** Starts a `redis-server` of the test's own: a free port, a temporary folder, no persistence unless `more` says so. */
export async function startRedis(more: readonly string[] = [], password?: string): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'cmu-proxy-redis-'));
  const port = await freePort();
  const inside = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => 20,
    ...(password !== undefined && { password }),
  });
  inside.on('error', () => {});
  let running: ChildProcess | undefined;

  const start = async (): Promise<boolean> => {
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...more];
    running = spawn(
      'redis-server',
      [...args, ...(password === undefined ? [] : ['--requirepass', password])],
      {
        stdio: 'ignore',
      },
    );
    if (inside.status === 'wait') await inside.connect().catch(() => {});
    for (let turn = 0; turn < 250; turn += 1) {
      // Another server, of another test, may have taken the port first.
      if (running.exitCode !== null) return false;
      const server = inside.status === 'ready' ? await inside.info('server').catch(() => '') : '';
      if (server.includes(`process_id:${running.pid}\r\n`)) return true;
      await sleep(20);
    }
    throw new Error('redis-server does not start');
  };
  const kill = async () => {
    const process = running;
    running = undefined;
    if (process === undefined) return;
    const exited = once(process, 'exit');
    process.kill('SIGKILL');
    await exited;
  };
  if (!(await start())) {
    inside.disconnect();
    await rm(folder, { recursive: true, force: true });
    return startRedis(more, password);
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    inside,
    kill,
    restart: async () => {
      if (!(await start())) throw new Error('redis-server does not start again');
    },
    async [Symbol.asyncDispose]() {
      inside.disconnect();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
