import type { Effects } from '../../base/effects.ts';
import type { Milliseconds } from '../../base/units.ts';
import { SharedStoreError } from '../../redis/shared-store-error.ts';
import type { FleetStore, Lease } from './fleet-store.ts';

/**
 * Renews a lease until the returned function is called. One that cannot be renewed ends; the fence then guards what
 * its holder writes.
 * @param every well under half of what a lease lasts
 */
export function keepRenewing(
  fleet: FleetStore,
  lease: Lease,
  every: Milliseconds,
  effects: Effects,
  onProblem: (problem: SharedStoreError) => void,
): () => void {
  let cancel = () => {};
  const plan = () => {
    cancel = effects.setTimer(every, () => {
      plan();
      fleet.renew(lease).catch((error: unknown) => {
        onProblem(error instanceof SharedStoreError ? error : new SharedStoreError('A renewal failed'));
      });
    });
  };
  plan();
  return () => cancel();
}
