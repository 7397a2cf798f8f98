import type { Cluster, Redis } from 'ioredis';
import type { Secret } from '../secret.ts';
import type { Milliseconds } from '../units.ts';
import type { RedisScript } from './redis-script.ts';
import { SharedStoreError } from './shared-store-error.ts';

export interface RedisLinkOptions {
  /** `redis:` or `rediss:` (TLS) with user, password, host, port and database; it may hold a password. */
  readonly url: Secret;
  /** More nodes, `host:port`: of the cluster, or further Sentinels. */
  readonly nodes: readonly string[];
  /** Cluster: the nodes are its seeds. Sentinel: the nodes are Sentinels, and `master` is who they watch. */
  readonly topology:
    | { readonly kind: 'single' }
    | { readonly kind: 'cluster' }
    | { readonly kind: 'sentinel'; readonly master: string };
  /** For connecting, and for each command: whoever waits longer is better off alone. */
  readonly timeout: Milliseconds;
  /** Uniform in [0, 1): spreads the attempts to connect. */
  readonly random: () => number;
}

export type LinkChange = 'reachable' | 'lost';

/** Scripts and notifications, over two connections that mend themselves. */
export interface RedisLink {
  /** @throws {SharedStoreError} */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Calls back for each message. Those sent while the connection is down are lost. */
  subscribe(channel: string, listener: () => void): () => void;
  onChange(listener: (change: LinkChange) => void): () => void;
  /** Resolves with the first connection or the first failure of one. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const RECONNECT_CAP = 2000;

/** Opens the link; the client library is loaded only now. A server that cannot be reached is no error: see `onChange`. */
export async function openRedisLink(options: RedisLinkOptions): Promise<RedisLink> {
  const connect = await connector(options);
  const commands = connect();
  const messages = connect();
  const changes = new Set<(change: LinkChange) => void>();
  const listeners = new Map<string, Set<() => void>>();
  let reachable = false;
  let lastProblem = 'not connected yet';
  const tell = (change: LinkChange) => {
    for (const listener of [...changes]) listener(change);
  };
  const settled = new Promise<void>((resolve) => {
    commands.once('ready', resolve);
    commands.once('error', () => resolve());
    commands.once('close', () => resolve());
  });
  commands.on('ready', () => {
    reachable = true;
    tell('reachable');
  });
  commands.on('close', () => {
    if (reachable) tell('lost');
    reachable = false;
  });
  commands.on('error', (error) => {
    lastProblem = outline(error);
  });
  // The connection for commands tells what is wrong; without a listener the process would end.
  messages.on('error', () => {});
  // After a gap messages may have been missed: everybody looks.
  messages.on('ready', () => {
    for (const channel of listeners.values()) for (const listener of [...channel]) listener();
  });
  messages.on('message', (channel: string) => {
    for (const listener of [...(listeners.get(channel) ?? [])]) listener();
  });
  // A failure shows as an event; `retryStrategy` goes on.
  for (const client of [commands, messages]) client.connect().catch(() => {});

  return {
    async run(script, keys, args) {
      if (!reachable) throw new SharedStoreError(`The shared store cannot be reached: ${lastProblem}`);
      try {
        return await evaluate(commands, script, keys, args);
      } catch (error) {
        throw new SharedStoreError(`The shared store refuses or does not answer: ${outline(error)}`);
      }
    },
    subscribe(channel, listener) {
      const known = listeners.get(channel) ?? new Set();
      if (known.size === 0) {
        listeners.set(channel, known);
        messages.subscribe(channel).catch(() => {});
      }
      known.add(listener);
      return () => {
        known.delete(listener);
        if (known.size > 0 || listeners.get(channel) !== known) return;
        listeners.delete(channel);
        messages.unsubscribe(channel).catch(() => {});
      };
    },
    onChange(listener) {
      changes.add(listener);
      return () => changes.delete(listener);
    },
    settled: () => settled,
    async close() {
      changes.clear();
      listeners.clear();
      commands.disconnect();
      messages.disconnect();
    },
  };
}

async function evaluate(
  client: Redis | Cluster,
  { sha1, source }: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(source, keys.length, ...keys, ...args);
  }
}

async function connector(options: RedisLinkOptions): Promise<() => Redis | Cluster> {
  const { url, nodes, topology, timeout, random } = options;
  const { Cluster, Redis } = await import('ioredis');
  const at = new URL(url.reveal());
  const retryStrategy = (times: number) => reconnectDelay(times, random());
  const common = {
    connectTimeout: timeout,
    commandTimeout: timeout,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // After a fail-over the old master, now a replica, takes no writes: find the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(at.username !== '' && { username: decodeURIComponent(at.username) }),
    ...(at.password !== '' && { password: decodeURIComponent(at.password) }),
    ...(at.protocol === 'rediss:' && { tls: {} }),
  };
  // A command that finds no connection is answered at once: there is something better to do than to wait for it.
  const queue = { enableOfflineQueue: false, lazyConnect: true };
  const db = Number(at.pathname.slice(1) || 0);
  const seeds = [at.host, ...nodes].map((node) =>
    hostAndPort(node, topology.kind === 'sentinel' ? 26_379 : 6379),
  );
  switch (topology.kind) {
    case 'cluster':
      return () =>
        new Cluster(seeds, { ...queue, redisOptions: common, clusterRetryStrategy: retryStrategy });
    case 'sentinel':
      return () =>
        new Redis({
          ...common,
          ...queue,
          db,
          retryStrategy,
          sentinels: seeds,
          name: topology.master,
          sentinelRetryStrategy: retryStrategy,
          ...(at.protocol === 'rediss:' && { enableTLSForSentinelMode: true }),
        });
    case 'single':
      return () => new Redis({ ...common, ...queue, db, retryStrategy, ...hostAndPort(at.host, 6379) });
  }
}

/** The jitter matters: a fleet that lost its store comes back together. */
const reconnectDelay = (times: number, random: number): number =>
  Math.round(Math.min(RECONNECT_CAP, 50 * 2 ** Math.min(times, 10)) * (0.5 + random / 2));

function hostAndPort(node: string, port: number): { host: string; port: number } {
  const { hostname, port: given } = new URL(`redis://${node}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(given || port) };
}

/** Code and message of the client's errors; neither holds credentials, and commands are not attached. */
function outline(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  return error.message === '' ? error.name : error.message.slice(0, 200);
}
