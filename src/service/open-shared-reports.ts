import type { Effects } from '../base/effects.ts';
import { milliseconds } from '../base/units.ts';
import type { LookOutcome, SaveOutcome, SharedReports } from '../cache/shared/shared-reports.ts';
import type { Config } from '../config/settings/schema.ts';
import type { SealingKeys } from '../oauth/index.ts';
import type { OpenedFleet } from './open-fleet.ts';

/** Told how looks and saves went. */
export interface SharedReportsTally {
  looked(outcome: LookOutcome): void;
  saved(outcome: SaveOutcome): void;
}

export interface OpenedSharedReports {
  readonly reports: SharedReports;
  /** Forgets all of them, for all replicas. @returns whether Redis knows; else it is told when it can be reached, and not used before */
  purge(): Promise<boolean>;
  close(): void;
}

/** The reports that this replica shares with others, where `redis.reports.maxEntryBytes` is set; nothing is loaded elsewhere. */
export async function openSharedReports(
  { redis }: Pick<Config, 'redis'>,
  fleet: OpenedFleet | undefined,
  sealing: SealingKeys | undefined,
  effects: Effects,
  tally: SharedReportsTally,
): Promise<OpenedSharedReports | undefined> {
  const { maxEntryBytes, lookupMs, waitMs } = redis.reports;
  if (maxEntryBytes === 0 || fleet === undefined || sealing === undefined) return undefined;
  const { Generation, RedisSharedReports, reportSeals } = await import('../cache/shared/index.ts');
  const { link } = fleet;
  const prefix = redis.keyPrefix;
  const generation = new Generation(link, prefix, effects);
  const reports = new RedisSharedReports({
    link,
    prefix,
    seals: reportSeals(sealing[0].key),
    generation,
    policy: {
      maxEntryBytes,
      lookupLimit: milliseconds(lookupMs),
      waitLimit: milliseconds(waitMs),
    },
    effects,
    onLook: (outcome) => tally.looked(outcome),
    onSave: (outcome) => tally.saved(outcome),
  });
  return {
    reports,
    purge: () => generation.purge(),
    close: () => generation.close(),
  };
}
