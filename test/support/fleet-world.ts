import { createSecretKey } from 'node:crypto';
import type { Effects } from '../../src/base/effects.ts';
import { systemEffects } from '../../src/base/effects.ts';
import { Secret } from '../../src/base/secret.ts';
import { epochMs, type Milliseconds, milliseconds, seconds } from '../../src/base/units.ts';
import { createFleetBudget } from '../../src/oauth/fleet/fleet-budget.ts';
import type { FleetStore } from '../../src/oauth/fleet/redis-fleet-store.ts';
import { createRedisFleetStore } from '../../src/oauth/fleet/redis-fleet-store.ts';
import { createTokenBucket } from '../../src/oauth/protocol/dcr-budget.ts';
import { createDcrClient } from '../../src/oauth/protocol/dcr-client.ts';
import type { DcrEvent } from '../../src/oauth/protocol/dcr-event.ts';
import type { CredentialStore } from '../../src/oauth/state/credential-store.ts';
import { createMemoryStore } from '../../src/oauth/state/open-store.ts';
import { createStateCodec } from '../../src/oauth/state/state-codec.ts';
import { parseSoftwareStatement } from '../../src/oauth/statement/software-statement.ts';
import { LastingTokenSource, type TokenSource } from '../../src/oauth/token/lasting-token-source.ts';
import { openRedisLink, type RedisLink, type RedisLinkOptions } from '../../src/redis/redis-link.ts';
import { openDcrTransport } from '../../src/upstream/dcr-transport.ts';

/** The key of every replica in a test's fleet. */
export const sealedCodec = (byte = 7) =>
  createStateCodec([{ id: `${byte}`.repeat(16).slice(0, 16), key: createSecretKey(Buffer.alloc(32, byte)) }]);

export const linkTo = (
  url: string,
  timeout: Milliseconds = seconds(5),
  more: Partial<RedisLinkOptions> = {},
): Promise<RedisLink> =>
  openRedisLink({
    url: new Secret(url),
    nodes: [],
    cluster: false,
    sentinelMaster: '',
    timeoutMs: timeout,
    random: Math.random,
    ...more,
  });

export interface ReplicaOptions {
  readonly redisUrl: string;
  readonly dcrUrl: string;
  readonly statement: string;
  readonly replicas?: number;
  /** Put between the replica and the shared store, to make it fail. */
  readonly wrap?: (store: FleetStore) => FleetStore;
  readonly leaseFor?: Milliseconds;
  readonly key?: number;
  readonly effects?: Effects;
  readonly own?: CredentialStore;
  readonly timeout?: Milliseconds;
  readonly link?: Partial<RedisLinkOptions>;
}

export interface Replica {
  readonly tokens: TokenSource;
  readonly events: DcrEvent[];
  named(name: DcrEvent['event']): DcrEvent[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** One replica of the proxy, as far as tokens go. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const effects = options.effects ?? systemEffects;
  const events: DcrEvent[] = [];
  const onEvent = (event: DcrEvent) => void events.push(event);
  const link = await linkTo(options.redisUrl, options.timeout, options.link);
  const dcrUrl = new URL(options.dcrUrl);
  const store = createRedisFleetStore({
    link,
    prefix: 'test',
    codec: sealedCodec(options.key),
    effects,
    ...(options.leaseFor !== undefined && { leaseFor: options.leaseFor }),
  });
  const transport = openDcrTransport({ url: dcrUrl, timeoutMs: seconds(2) });
  const tokens = new LastingTokenSource({
    statement: parseSoftwareStatement(options.statement, epochMs(Date.now())),
    client: createDcrClient({
      url: dcrUrl,
      transport: transport.send,
      effects,
      userAgent: 'cmu-proxy/test',
      deviceInfo: { model: 'test', version: '1', osName: 'Linux' },
      registerPath: '/o/client/register',
      tokenPath: '/o/client/token',
      tokenRequestForm: 'body',
      timeoutMs: seconds(5),
      onEvent,
    }),
    store: options.own ?? createMemoryStore(),
    budget: createFleetBudget({
      link,
      prefix: 'test',
      dcrUrl,
      local: createTokenBucket(effects),
      effects,
    }),
    effects,
    onEvent,
    fleet: { store: options.wrap?.(store) ?? store, replicas: options.replicas ?? 1 },
  });
  return {
    tokens,
    events,
    named: (name) => events.filter(({ event }) => event === name),
    async [Symbol.asyncDispose]() {
      await tokens.close();
      transport.close();
      await store.close();
    },
  };
}

export const patience = (ms = 8000): { signal: AbortSignal } => ({
  signal: AbortSignal.timeout(milliseconds(ms)),
});
