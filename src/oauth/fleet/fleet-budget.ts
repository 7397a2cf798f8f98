import { createHash } from 'node:crypto';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Effects } from '../../base/effects.ts';
import { between, type EpochMs, milliseconds, seconds } from '../../base/units.ts';
import { type RedisLink, SharedStoreError } from '../../redis/redis-link.ts';
import { type DcrBudget, DEFAULT_BUCKET, exhausted } from '../protocol/dcr-budget.ts';
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
  readonly bucket?: Readonly<typeof DEFAULT_BUCKET>;
}

/** Nobody else's 429 holds this replica up for longer: who was told it himself knows how long it is. */
const LONGEST_PAUSE = seconds(10);
/** Who has been refused for so long goes by his own budget: somebody else keeps the shared one empty. */
const LONGEST_REFUSAL = seconds(30);

const Leave = Type.Tuple([Type.Integer(), Type.Integer({ minimum: 0, maximum: 60_000 })]);

/** One budget of DCR calls for all replicas of an address: that of `dcr-budget.ts`, kept in Redis by its clock. */
export function createFleetBudget(options: FleetBudgetOptions): DcrBudget {
  const { link, prefix, dcrUrl, local, effects } = options;
  const { burst, interval, longestWait } = options.bucket ?? DEFAULT_BUCKET;
  const host = createHash('sha256').update(dcrUrl.origin).digest('hex').slice(0, 32);
  const keys = [`${prefix}:{${host}}:budget`];
  const refill = (burst - 1) * interval;
  let refusedSince: EpochMs | undefined;

  const ask = (): Promise<unknown> =>
    link.run(ACQUIRE, keys, [interval, refill, longestWait, LONGEST_PAUSE]).catch((error: unknown) => {
      if (!(error instanceof SharedStoreError)) throw error;
    });

  return {
    async acquire(signal) {
      const leave = await ask();
      if (!Check(Leave, leave)) return local.acquire(signal);
      const [allowed, wait] = leave;
      const now = effects.now();
      refusedSince = allowed === 1 ? undefined : (refusedSince ?? now);
      if (refusedSince !== undefined) {
        if (between(refusedSince, now) < LONGEST_REFUSAL) throw exhausted(milliseconds(wait));
        return local.acquire(signal);
      }
      if (wait > 0 || signal.aborted) await waitFor(effects, milliseconds(wait), signal);
    },
    throttled(pauseFor) {
      local.throttled(pauseFor);
      // Whoever cannot be told will find out as we did.
      link.run(THROTTLED, keys, [Math.min(pauseFor, LONGEST_PAUSE), refill]).catch(() => {});
    },
  };
}
