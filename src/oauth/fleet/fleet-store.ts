import type { Milliseconds } from '../../base/units.ts';
import type { DcrError } from '../protocol/dcr-error.ts';
import type { StateBinding, StoredState } from '../state/credential-store.ts';

/** Leave to be the one replica that calls Adobe. It ends by itself unless it is renewed. */
export interface Lease {
  readonly binding: StateBinding;
  /** Known to its holder alone. */
  readonly id: string;
  /** Grows with every lease that is given: what an earlier holder writes late is told by it, and refused. */
  readonly fence: number;
}

/** What the fleet knows at one moment. */
export interface FleetSnapshot {
  /** Times in it are by our own clock, whatever the clock of the replica that saved it. */
  readonly state: StoredState | undefined;
  /** The last attempt failed; it is not repeated by anybody until its `retryAfter` is over. */
  readonly failure: DcrError | undefined;
  /** Time until the lease of another replica ends unless renewed; `undefined` where nobody holds one. */
  readonly leasedFor: Milliseconds | undefined;
  /** Something is there that this fleet has not sealed, or not for this client and statement: it is not believed. */
  readonly forged: boolean;
}

export interface Claim extends FleetSnapshot {
  /** Ours, if nobody else has it and no failure stands. */
  readonly lease: Lease | undefined;
  /** Attempts of the fleet that failed in a row. */
  readonly failures: number;
}

/**
 * Where all replicas keep one state together, and agree on who calls Adobe. All methods reject with {@link
 * SharedStoreError}.
 */
export interface FleetStore {
  read(binding: StateBinding): Promise<FleetSnapshot>;
  /** As `read`, and takes the lease if it is free. */
  claim(binding: StateBinding): Promise<Claim>;
  /** @returns whether it is still ours */
  renew(lease: Lease): Promise<boolean>;
  /** Replaces the state and tells everybody. `superseded`: somebody has had a later lease, and nothing was written. */
  save(lease: Lease, state: StoredState): Promise<'saved' | 'superseded'>;
  /** Gives the lease back, with the failure that the others are to be spared for so long. */
  release(lease: Lease, failure?: { readonly error: DcrError; readonly pause: Milliseconds }): Promise<void>;
  /** Gives a state to a store that lost its own or has none with a usable token; elsewhere it changes nothing. */
  offer(binding: StateBinding, state: StoredState): Promise<boolean>;
  /** Calls back when somebody saved or gave up, and when the store can be reached again. Told too often is harmless. */
  onChange(binding: StateBinding, listener: (change: 'changed' | 'reachable' | 'lost') => void): () => void;
  /** Resolves when it is known whether the store can be reached, but no later than after a short while. */
  settled(): Promise<void>;
  close(): Promise<void>;
}
