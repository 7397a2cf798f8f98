import type { Effects } from '../base/effects.ts';
import { KnownSecrets } from '../base/known-secrets.ts';
import { milliseconds } from '../base/units.ts';
import type { Config } from '../config/settings/schema.ts';
import {
  createFleetBudget,
  createRedisFleetStore,
  createSealedCodec,
  type DcrBudget,
  type FleetStore,
  type SealingKeys,
} from '../oauth/index.ts';
import { openRedisLink, type RedisLink, type RedisLinkOptions, type RedisTls } from '../redis/redis-link.ts';
import { notingFleetStore } from './noting-stores.ts';

export interface OpenedFleet {
  readonly link: RedisLink;
  readonly store: FleetStore;
  /** Most replicas that call from one address. */
  readonly replicas: number;
  /** The budget that all replicas share; `local` is used while it cannot be asked. */
  budget(dcrUrl: URL, local: DcrBudget): DcrBudget;
  close(): Promise<void>;
}

/** What the configuration names without holding it. */
export interface FleetInputs {
  readonly sealing?: SealingKeys | undefined;
  readonly redisTls?: RedisTls | undefined;
}

/**
 * What this replica shares with others, where `redis.url` is set; `undefined` elsewhere, and nothing is loaded then. A store that
 * cannot be reached is no error.
 */
export async function openFleet(
  { redis }: Partial<Pick<Config, 'redis'>>,
  { sealing, redisTls }: FleetInputs,
  effects: Effects,
  secrets = new KnownSecrets(),
): Promise<OpenedFleet | undefined> {
  // The configuration has no URL without a key (config/rules.ts).
  if (redis?.url === undefined || sealing === undefined) return undefined;
  const link = await openRedisLink({
    url: redis.url,
    nodes: redis.nodes,
    topology: topologyOf(redis),
    tls: redisTls,
    timeout: milliseconds(redis.timeoutMs),
    random: effects.random,
  });
  const prefix = redis.keyPrefix;
  const codec = createSealedCodec(sealing);
  const store = notingFleetStore(createRedisFleetStore({ link, prefix, codec, effects }), secrets);
  return {
    link,
    store,
    replicas: redis.replicas,
    budget: (dcrUrl, local) => createFleetBudget({ link, prefix, dcrUrl, local, effects }),
    close: () => store.close(),
  };
}

const topologyOf = ({ cluster, sentinelMaster }: Config['redis']): RedisLinkOptions['topology'] => {
  if (sentinelMaster !== '') return { kind: 'sentinel', master: sentinelMaster };
  return cluster ? { kind: 'cluster' } : { kind: 'single' };
};
