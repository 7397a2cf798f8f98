import type { DcrEvent } from '../oauth/index.ts';
import { BucketCounts } from './bucket-counts.ts';

export const DCR_OPERATIONS = ['register', 'token'] as const;
export type DcrOperation = (typeof DCR_OPERATIONS)[number];

/** Seconds. Adobe takes about 0.58 s a call (docs/adobe.md §6). */
const CALL_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const bump = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/**
 * Counts the events of one client's credentials and token. Outcomes are `ok` or a DCR error code, so they are bounded.
 */
export class DcrTally {
  /** Calls of each operation by outcome. */
  readonly calls: Readonly<Record<DcrOperation, Map<string, number>>> = {
    register: new Map([['ok', 0]]),
    token: new Map([['ok', 0]]),
  };
  readonly durations: Readonly<Record<DcrOperation, BucketCounts>> = {
    register: new BucketCounts(CALL_BOUNDS),
    token: new BucketCounts(CALL_BOUNDS),
  };
  /** Attempts to get a new token by outcome; one may take several calls. */
  readonly refreshes = new Map<string, number>([['ok', 0]]);
  registrations = 0;
  tokenRejections = 0;
  credentialsRejections = 0;
  saveFailures = 0;
  sharedStoreLosses = 0;
  sharedTokensTaken = 0;
  /** What a person has to set right, as long as it lasts. */
  readonly troubles = { sharedStoreLost: false, savesFail: false, inMemory: false };

  record(event: DcrEvent): void {
    switch (event.event) {
      case 'dcr-call':
        bump(this.calls[event.operation], event.outcome);
        this.durations[event.operation].observe(event.durationMs / 1000);
        return;
      case 'registered':
        this.registrations++;
        return;
      case 'token-received':
        bump(this.refreshes, 'ok');
        return;
      case 'attempt-failed':
        bump(this.refreshes, event.error.code);
        return;
      case 'token-rejected':
        this.tokenRejections++;
        return;
      case 'credentials-rejected':
        this.credentialsRejections++;
        return;
      case 'save-failed':
        this.saveFailures++;
        this.troubles.savesFail = true;
        return;
      case 'save-recovered':
        this.troubles.savesFail = false;
        return;
      case 'shared-store-lost':
        this.sharedStoreLosses++;
        this.troubles.sharedStoreLost = true;
        return;
      case 'shared-store-recovered':
        this.troubles.sharedStoreLost = false;
        return;
      case 'shared-token-taken':
        this.sharedTokensTaken++;
        return;
      default:
    }
  }

  /** Calls that were answered 429. */
  get throttled(): number {
    return DCR_OPERATIONS.reduce((sum, operation) => sum + (this.calls[operation].get('throttled') ?? 0), 0);
  }
}

/** The tallies of all clients, by name. Names come from the configuration. */
export class DcrTallies {
  readonly byClient = new Map<string, DcrTally>();

  record(client: string, event: DcrEvent): void {
    this.#of(client).record(event);
  }

  /** A client's state has been opened: on disk, or in memory where there is nothing better. */
  opened(client: string, kind: 'file' | 'memory'): void {
    this.#of(client).troubles.inMemory = kind === 'memory';
  }

  #of(client: string): DcrTally {
    const tally = this.byClient.get(client) ?? new DcrTally();
    this.byClient.set(client, tally);
    return tally;
  }
}
