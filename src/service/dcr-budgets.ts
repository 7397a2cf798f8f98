import type { Effects } from '../base/effects.ts';
import { createTokenBucket, type DcrBudget } from '../oauth/index.ts';
import type { OpenedFleet } from './open-fleet.ts';

/** Finds the budget of a DCR server's calls. */
export type DcrBudgets = (dcrUrl: URL) => DcrBudget;

/**
 * One budget for each DCR server, whichever client calls it: Adobe counts calls by address (docs/adobe.md §5). With a
 * fleet, all
 * replicas share it.
 */
export const createDcrBudgets = (effects: Effects, fleet?: OpenedFleet): DcrBudgets => {
  const byOrigin = new Map<string, DcrBudget>();
  return (dcrUrl) => {
    const known = byOrigin.get(dcrUrl.origin);
    if (known !== undefined) return known;
    const local = createTokenBucket(effects);
    const budget = fleet?.budget(dcrUrl, local) ?? local;
    byOrigin.set(dcrUrl.origin, budget);
    return budget;
  };
};
