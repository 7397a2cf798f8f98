import { createSecretKey } from 'node:crypto';
import { type Effects, systemEffects } from '../../src/base/effects.ts';
import { milliseconds, seconds } from '../../src/base/units.ts';
import type { Generation } from '../../src/cache/shared/generation.ts';
import {
  RedisSharedReports,
  type RedisSharedReportsOptions,
} from '../../src/cache/shared/redis-shared-reports.ts';
import type { LookOutcome, SaveOutcome, SharedReports } from '../../src/cache/shared/shared-reports.ts';
import { linkTo } from './fleet-world.ts';

export interface SharingReplica {
  readonly reports: SharedReports;
  readonly generation: Generation;
  readonly looks: LookOutcome[];
  readonly saves: SaveOutcome[];
  /** Resolves with the next save that is over. */
  saved(): Promise<SaveOutcome>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SharingOptions {
  readonly url: string;
  readonly prefix: string;
  readonly policy?: Partial<RedisSharedReportsOptions>;
  readonly effects?: Effects;
  readonly key?: number;
  /** Whether Redis answers at first. */
  readonly reachable?: boolean;
}

/** What one replica has of the reports that are shared: a link of its own to a real Redis. */
export async function startSharing(options: SharingOptions): Promise<SharingReplica> {
  const { url, prefix, key = 7, effects = systemEffects } = options;
  const link = await linkTo(url, seconds(2));
  await link.settled();
  const looks: LookOutcome[] = [];
  const saves: SaveOutcome[] = [];
  let tell = (_outcome: SaveOutcome) => {};
  const shared = new RedisSharedReports({
    link,
    prefix,
    fleetKey: createSecretKey(Buffer.alloc(32, key)),
    maxEntryBytes: 100_000,
    lookupMs: seconds(2),
    waitMs: seconds(5),
    ...options.policy,
    effects,
    traffic: {
      looked: (outcome) => void looks.push(outcome),
      saved: (outcome) => {
        saves.push(outcome);
        tell(outcome);
      },
    },
  });
  const { generation } = shared;
  while (generation.current === undefined && (options.reachable ?? true)) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds(5)));
  }
  return {
    reports: shared,
    generation,
    looks,
    saves,
    saved: () =>
      new Promise((resolve) => {
        tell = resolve;
      }),
    async [Symbol.asyncDispose]() {
      generation.close();
      await link.close();
    },
  };
}
