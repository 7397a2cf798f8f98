import { type EpochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { StoredResponse } from '../store/stored-response.ts';
import type { ReportSeal } from './report-seal.ts';
import { unpackReport } from './shared-form.ts';

/** What the store tells of a report at one moment. */
export interface ReportLook {
  /** What is shared, if it is a report of ours. */
  readonly copy: StoredResponse | undefined;
  /** Something is there, and it is none. */
  readonly damaged: boolean;
  /**
   * `fresh`: it was shared so short ago that nobody needs to fetch it. `ours`: this replica has the lease now.
   * `unshared`: everybody fetches it. `leased`: another replica is fetching it.
   */
  readonly state: 'fresh' | 'ours' | 'unshared' | 'leased';
  /** Time until the other's lease ends. */
  readonly leaseLeft: Milliseconds;
}

const isState = (text: string): text is ReportLook['state'] =>
  text === 'fresh' || text === 'ours' || text === 'unshared' || text === 'leased';

/** Reads the reply of the script `LOOK`. @returns `undefined` for what is none */
export function readLook(reply: unknown, seal: ReportSeal, now: EpochMs): ReportLook | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [sealed, elapsed, told, left]: readonly unknown[] = reply;
  if (!Buffer.isBuffer(sealed) || !Buffer.isBuffer(told)) return undefined;
  if (typeof elapsed !== 'number' || typeof left !== 'number') return undefined;
  const state = told.toString('latin1');
  if (!isState(state)) return undefined;
  const plain = sealed.length === 0 ? undefined : seal.open(sealed);
  const copy = plain && unpackReport(plain, milliseconds(elapsed), now);
  return { copy, damaged: sealed.length > 0 && copy === undefined, state, leaseLeft: milliseconds(left) };
}
