import type { Effects } from '../base/effects.ts';
import type { RedisSharedReports } from '../cache/shared/redis-shared-reports.ts';
import type { Config } from '../config/settings/schema.ts';
import type { Traffic } from '../metrics/traffic.ts';
import {
  createFleetBudget,
  createRedisFleetStore,
  createStateCodec,
  createTokenBucket,
  type DcrBudget,
  type FleetStore,
  type SealingKeys,
} from '../oauth/index.ts';
import { openRedisLink, type RedisLink } from '../redis/redis-link.ts';
import type { Inputs } from './inputs/inputs.ts';

/** What this replica shares with others. */
export interface Fleet {
  readonly link: RedisLink;
  readonly store: FleetStore;
  /** Most replicas that call from one address. */
  readonly replicas: number;
  /** First part of every key. */
  readonly prefix: string;
}

/**
 * Opens what this replica shares with others, where `redis.url` is set; elsewhere nothing is loaded. A store that
 * cannot be reached is no error.
 */
export async function openFleet(
  { redis }: Pick<Config, 'redis'>,
  { sealing, redisTls }: Pick<Inputs, 'sealing' | 'redisTls'>,
  effects: Effects,
): Promise<Fleet | undefined> {
  // There is no URL without a key (config/rules/rules.ts).
  if (redis.url === undefined || sealing === undefined) return undefined;
  const { url, reports } = redis;
  const mostEntryBytes = reports.maxEntryBytes;
  const link = await openRedisLink({ ...redis, url, tls: redisTls, mostEntryBytes, random: effects.random });
  const prefix = redis.keyPrefix;
  const store = createRedisFleetStore({ link, prefix, codec: createStateCodec(sealing), effects });
  return { link, store, replicas: redis.replicas, prefix };
}

export type DcrBudgets = (dcrUrl: URL) => DcrBudget;

/** One budget for each DCR server, whichever client calls it: Adobe counts calls by address (docs/adobe.md §5). */
export const createDcrBudgets = (effects: Effects, fleet: Fleet | undefined): DcrBudgets => {
  const byOrigin = new Map<string, DcrBudget>();
  return (dcrUrl) => {
    const known = byOrigin.get(dcrUrl.origin);
    if (known !== undefined) return known;
    const local = createTokenBucket(effects);
    const budget = fleet === undefined ? local : createFleetBudget({ ...fleet, dcrUrl, local, effects });
    byOrigin.set(dcrUrl.origin, budget);
    return budget;
  };
};

/** Opens the reports that replicas share, where `redis.reports.maxEntryBytes` is set; elsewhere nothing is loaded. */
export async function openSharedReports(
  { redis }: Pick<Config, 'redis'>,
  fleet: Fleet | undefined,
  sealing: SealingKeys | undefined,
  effects: Effects,
  traffic: Pick<Traffic, 'looked' | 'saved'>,
): Promise<RedisSharedReports | undefined> {
  if (redis.reports.maxEntryBytes === 0 || fleet === undefined || sealing === undefined) return undefined;
  const { RedisSharedReports } = await import('../cache/shared/redis-shared-reports.ts');
  return new RedisSharedReports({
    ...fleet,
    ...redis.reports,
    fleetKey: sealing[0].key,
    effects,
    traffic,
  });
}
