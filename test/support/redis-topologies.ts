import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, type RedisServer, startRedis } from './redis-server.ts';

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (await condition().catch(() => false)) return;
    await sleep(20);
  }
  throw new Error('Redis does not come to it');
}

export interface Sentinel {
  readonly url: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A master, a replica of it, and one Sentinel that is enough to decide: it promotes the replica soon after the master has died. */
export async function startSentinel(name: string): Promise<Sentinel> {
  await using opened = new AsyncDisposableStack();
  const [master, replica] = await Promise.all([startRedis(), startRedis()]);
  opened.use(master);
  opened.use(replica);
  await replica.inside.replicaof('127.0.0.1', master.port);
  const folder = await mkdtemp(join(tmpdir(), 'cmu-proxy-sentinel-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    `sentinel down-after-milliseconds ${name} 200`,
    `sentinel failover-timeout ${name} 1000`,
  ];
  await writeFile(file, `${settings.join('\n')}\n`);
  const running = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  opened.defer(async () => {
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  });
  const inside = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20 });
  inside.on('error', () => {});
  opened.defer(() => inside.disconnect());
  await until(async () => {
    const replicas: unknown = await inside.call('SENTINEL', 'REPLICAS', name);
    return JSON.stringify(replicas).includes('"master-link-status","ok"');
  });
  const resources = opened.move();
  return {
    url: `redis://127.0.0.1:${port}`,
    master,
    replica,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export interface RedisCluster {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  [Symbol.asyncDispose](): Promise<void>;
}

const SLOTS = 16_384;

/** Three masters without replicas. */
export async function startCluster(): Promise<RedisCluster> {
  await using opened = new AsyncDisposableStack();
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis(options)));
  for (const node of nodes) opened.use(node);
  const [first] = nodes;
  if (first === undefined) throw new Error('no node');
  for (const [index, node] of nodes.entries()) {
    const from = Math.floor((index * SLOTS) / nodes.length);
    const to = Math.floor(((index + 1) * SLOTS) / nodes.length) - 1;
    await node.inside.call('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${to}`);
    await node.inside.call('CLUSTER', 'MEET', '127.0.0.1', `${first.port}`);
  }
  await until(async () => {
    const states = await Promise.all(nodes.map((node) => node.inside.call('CLUSTER', 'INFO')));
    return states.every((it) => /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(it)));
  });
  const resources = opened.move();
  return { url: first.url, nodes, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
