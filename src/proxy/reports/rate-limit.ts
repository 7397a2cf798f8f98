import type { TokenBucket } from '../../base/token-bucket.ts';
import type { EpochMs } from '../../base/units.ts';
import { type Problem, problemOf } from '../answer/problem.ts';
import type { Caller } from '../gate/caller-tokens.ts';
import type { AnyRoute } from '../gate/route.ts';

/** Takes what one request costs from what its caller may cause. @returns why it cannot go now */
export const takeFromCaller = (caller: Caller | undefined, now: EpochMs): Problem | undefined =>
  takeFrom(
    caller?.rate,
    now,
    'You have caused as many requests to it as your entry in `listen.callerTokens` allows. Ask less often, or for reports that are stored: without `no-cache`, and the same question in the same words.',
  );

/** The same of what all routes to the origin may send there. */
export const takeFromUpstream = ({ rate, upstream }: AnyRoute, now: EpochMs): Problem | undefined =>
  takeFrom(
    rate,
    now,
    `All callers together have caused as many requests to ${upstream.origin} as \`upstream.maxRequestsPerSecond\` allows. Ask again after the pause.`,
  );

const takeFrom = (bucket: TokenBucket | undefined, now: EpochMs, detail: string): Problem | undefined => {
  const wait = bucket?.take(now) ?? 0;
  if (wait <= 0) return undefined;
  return problemOf('rate-limited', detail, { retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)) });
};
