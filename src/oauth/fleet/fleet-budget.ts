import { createHash } from 'node:crypto';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Effects } from '../../base/effects.ts';
import { milliseconds } from '../../base/units.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import { SharedStoreError } from '../../redis/shared-store-error.ts';
import {
  type DcrBudget,
  DEFAULT_BUCKET,
  exhausted,
  type TokenBucketOptions,
} from '../protocol/dcr-budget.ts';
import { waitFor } from '../protocol/deadline.ts';
import { ACQUIRE, THROTTLED } from './redis-scripts.ts';

export interface FleetBudgetOptions {
  readonly link: RedisLink;
  /** First part of the key: all who have it in common share one budget, for they call from one address. */
  readonly prefix: string;
  readonly dcrUrl: URL;
  /** Used while the shared one cannot be asked; told of every 429 at any time. */
  readonly local: DcrBudget;
  readonly effects: Effects;
  readonly bucket?: TokenBucketOptions;
}

const Leave = Type.Tuple([Type.Number(), Type.Number()]);

/** One budget of DCR calls for all replicas of an address: the bucket of `dcr-budget.ts`, kept in Redis by its clock. */
export function createFleetBudget(options: FleetBudgetOptions): DcrBudget {
  const { link, prefix, dcrUrl, local, effects } = options;
  const { burst, interval, longestWait } = options.bucket ?? DEFAULT_BUCKET;
  const host = createHash('sha256').update(dcrUrl.origin).digest('hex').slice(0, 32);
  const keys = [`${prefix}:{${host}}:budget`];
  const refill = (burst - 1) * interval;

  const ask = async (): Promise<readonly [number, number] | undefined> => {
    try {
      const reply = await link.run(ACQUIRE, keys, [interval, refill, longestWait]);
      return Check(Leave, reply) ? reply : undefined;
    } catch (error) {
      if (error instanceof SharedStoreError) return undefined;
      throw error;
    }
  };

  return {
    async acquire(signal) {
      const leave = await ask();
      if (leave === undefined) return local.acquire(signal);
      const [allowed, wait] = leave;
      if (allowed !== 1) throw exhausted(milliseconds(wait));
      if (wait > 0 || signal.aborted) await waitFor(effects, milliseconds(wait), signal);
    },
    throttled(pauseFor) {
      local.throttled(pauseFor);
      // Whoever cannot be told will find out as we did.
      link.run(THROTTLED, keys, [pauseFor, refill]).catch(() => {});
    },
  };
}
