import { EventEmitter } from 'node:events';
import type { Cluster, Redis } from 'ioredis';
import { errorCode } from '../base/error-code.ts';
import { type PeerTls, peerTlsOptions } from '../base/peer-tls.ts';
import type { Secret } from '../base/secret.ts';
import type { Milliseconds } from '../base/units.ts';
import type { RedisScript } from './redis-script.ts';
import { limitReplies } from './reply-limits.ts';

/** What is called as a setting of `redis` means the same. */
export interface RedisLinkOptions {
  readonly url: Secret;
  readonly nodes: readonly string[];
  readonly cluster: boolean;
  readonly sentinelMaster: string;
  /** For `rediss:`, in PEM. */
  readonly tls?: PeerTls | undefined;
  /** For connecting, and for each command: whoever waits longer is better off alone. */
  readonly timeoutMs: Milliseconds;
  /** Largest report that is shared. A reply that is much larger is nonsense, and ends the connection. */
  readonly mostEntryBytes?: number;
  /** Uniform in [0, 1): spreads the attempts to connect. */
  readonly random: () => number;
}

/** `changed`: somebody published in the channel, or may have before the subscription stood. */
export type LinkChange = 'reachable' | 'lost' | 'changed';

/** The shared store cannot be reached, or does not do what it is told. Its message holds no secret. */
export class SharedStoreError extends Error {
  override readonly name = 'SharedStoreError';
  readonly code = 'shared_store_unavailable';
}

/** Scripts and notifications, over two connections that mend themselves. */
export type RedisLink = Awaited<ReturnType<typeof openRedisLink>>;

const RECONNECT_CAP = 2000;
/** Far above any reply that holds no report. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The client library is loaded only now. A server that cannot be reached is no error: see `watch`. */
export async function openRedisLink(options: RedisLinkOptions) {
  const connect = await connector(options);
  const commands = connect();
  const messages = connect();
  for (const client of [commands, messages]) guardReplies(client, MOST_BYTES + (options.mostEntryBytes ?? 0));
  /** By channel. */
  const watchers = new EventEmitter<Record<string, [LinkChange]>>().setMaxListeners(0);
  const channels = () => watchers.eventNames().map(String);
  const tellAll = (change: LinkChange) => {
    for (const channel of channels()) watchers.emit(channel, change);
  };
  let reachable = false;
  let lastProblem = 'not connected yet';
  const settled = new Promise<void>((resolve) => {
    commands.once('ready', resolve);
    commands.once('error', () => resolve());
    commands.once('close', () => resolve());
  });
  commands.on('ready', () => {
    reachable = true;
    tellAll('reachable');
  });
  commands.on('close', () => {
    if (reachable) tellAll('lost');
    reachable = false;
  });
  commands.on('error', (error) => {
    lastProblem = outline(error);
  });
  // The connection for commands tells what is wrong; without a listener the process would end.
  messages.on('error', () => {});
  const notify = (channel: string) => watchers.emit(channel, 'changed');
  /** What was published before is missed: once the subscription stands, everybody looks. */
  const listenTo = (wanted: readonly string[]) => {
    messages.subscribe(...wanted).then(
      () => wanted.forEach(notify),
      // There is no connection yet, or no longer: the next one begins with this.
      () => {},
    );
  };
  messages.on('ready', () => {
    if (channels().length > 0) listenTo(channels());
  });
  messages.on('message', notify);
  // A failure shows as an event; `retryStrategy` goes on.
  for (const client of [commands, messages]) client.connect().catch(() => {});

  const evaluate = async (
    command: 'call' | 'callBuffer',
    { sha1, source }: RedisScript,
    ...rest: readonly (string | number | Buffer)[]
  ): Promise<unknown> => {
    if (!reachable) throw new SharedStoreError(`The shared store cannot be reached: ${lastProblem}`);
    try {
      return await commands[command]('EVALSHA', sha1, ...rest).catch((error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return commands[command]('EVAL', source, ...rest);
      });
    } catch (error) {
      throw new SharedStoreError(`The shared store refuses or does not answer: ${outline(error)}`);
    }
  };

  return {
    /** @throws {SharedStoreError} */
    run: (script: RedisScript, keys: readonly string[], args: readonly (string | number)[]) =>
      evaluate('call', script, keys.length, ...keys, ...args),
    /** As `run`, for what is no text: strings in the reply are Buffers. */
    runBinary: (script: RedisScript, keys: readonly string[], args: readonly (string | number | Buffer)[]) =>
      evaluate('callBuffer', script, keys.length, ...keys, ...args),
    /** Calls back for each message in the channel, and when the link comes or goes. @returns what ends that */
    watch(channel: string, listener: (change: LinkChange) => void): () => void {
      watchers.on(channel, listener);
      if (watchers.listenerCount(channel) === 1) listenTo([channel]);
      return () => {
        watchers.off(channel, listener);
        if (watchers.listenerCount(channel) === 0) messages.unsubscribe(channel).catch(() => {});
      };
    },
    /** Resolves with the first connection or the first failure of one. */
    settled: () => settled,
    async close(): Promise<void> {
      watchers.removeAllListeners();
      for (const client of [commands, messages]) disconnect(client);
    },
  };
}

async function connector(options: RedisLinkOptions): Promise<() => Redis | Cluster> {
  const { url, nodes, cluster, sentinelMaster, timeoutMs, random } = options;
  const tls = peerTlsOptions(options.tls);
  const { Cluster, Redis } = await import('./redis-clients.ts');
  const at = new URL(url.reveal());
  const retryStrategy = (times: number) => reconnectDelay(times, random());
  const common = {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // We do that; the library lets its own attempt fail unheard, which ends the process when a link is closed.
    autoResubscribe: false,
    // After a fail-over the old master, now a replica, takes no writes: find the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(at.username !== '' && { username: decodeURIComponent(at.username) }),
    ...(at.password !== '' && { password: decodeURIComponent(at.password) }),
    ...(at.protocol === 'rediss:' && { tls }),
  };
  // A command that finds no connection is answered at once: there is something better to do than to wait for it.
  const queue = { enableOfflineQueue: false, lazyConnect: true };
  const db = Number(at.pathname.slice(1) || 0);
  const hasSentinels = sentinelMaster !== '';
  const seeds = [at.host, ...nodes].map((node) => hostAndPort(node, hasSentinels ? 26_379 : 6379));
  const alone = { ...common, ...queue, db, retryStrategy };
  if (hasSentinels) {
    return () =>
      new Redis({
        ...alone,
        sentinels: seeds,
        name: sentinelMaster,
        sentinelRetryStrategy: retryStrategy,
        ...(at.protocol === 'rediss:' && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
      });
  }
  return cluster
    ? () => new Cluster(seeds, { ...queue, redisOptions: common, clusterRetryStrategy: retryStrategy })
    : () => new Redis({ ...alone, ...seeds[0] });
}

function guardReplies(client: Redis | Cluster, mostBytes: number): void {
  // The listener comes first: what it blots out, the client library does not see.
  const guard = (one: Redis) =>
    one.on('connect', () => {
      const { stream } = one;
      const limited = limitReplies(mostBytes);
      stream.prependListener('data', (chunk: Buffer) => {
        if (!limited(chunk)) stream.destroy();
      });
    });
  if ('nodes' in client) client.on('+node', guard);
  else guard(client);
}

/** TLS that ends in its handshake fails once more, when the library listens no longer: that would end the process. */
function disconnect(client: Redis | Cluster): void {
  const connections = 'nodes' in client ? client.nodes('all') : [client];
  for (const { stream } of connections) stream?.on('error', () => {});
  client.disconnect();
}

/** The jitter matters: a fleet that lost its store comes back together. */
const reconnectDelay = (times: number, random: number): number =>
  Math.round(Math.min(RECONNECT_CAP, 50 * 2 ** Math.min(times, 10)) * (0.5 + random / 2));

function hostAndPort(node: string, port: number): { host: string; port: number } {
  const { hostname, port: given } = new URL(`redis://${node}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(given || port) };
}

/** Texts of a server beyond that may repeat what was sent to it, passwords included. */
const SERVER_CODES =
  'ERR NOAUTH WRONGPASS NOPERM OOM READONLY LOADING MASTERDOWN CLUSTERDOWN MISCONF BUSY WRONGTYPE NOREPLICAS';
const SERVER_CODE = new RegExp(`^(${SERVER_CODES.replaceAll(' ', '|')})\\b`);
/** What Node.js says of connections and certificates. */
const OWN_CODE = /^[A-Z][A-Z0-9_]{2,40}$/;

function outline(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  const code = errorCode(error);
  if (code !== undefined && OWN_CODE.test(code)) return code;
  const [said] = SERVER_CODE.exec(error.message) ?? [];
  if (said !== undefined) return `it answers ${said}`;
  return error.message === 'Command timed out' ? 'time-out' : 'the connection failed';
}
