import { Counter, Histogram, Registry } from 'prom-client';
import { defineMetrics, LABELS, type Sample } from '../metrics/instruments.ts';
import type { DcrEvent } from '../oauth/index.ts';

/** Seconds. Adobe takes about 0.58 s a call (docs/adobe.md §6). */
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OPERATIONS = ['register', 'token'] as const;

/** What is counted: events, and what some of them tell besides. */
const COUNTERS = {
  attempt: [
    'cmu_proxy_token_refreshes_total',
    'Attempts to get a new token, by outcome: ok, or the error code of docs/problems.md.',
  ],
  call: [
    'cmu_proxy_dcr_requests_total',
    'Calls to the DCR server, by operation and outcome: ok, or the error code.',
  ],
  throttled: [
    'cmu_proxy_dcr_throttled_total',
    'Calls that the DCR server answered 429: other processes share the address and its budget.',
  ],
  registered: [
    'cmu_proxy_registrations_total',
    'Registrations with the DCR server that succeeded. More than one in a life is worth a look.',
  ],
  'token-rejected': [
    'cmu_proxy_token_rejections_total',
    'Tokens that the report API refused (401) before they expired.',
  ],
  'credentials-rejected': [
    'cmu_proxy_credentials_rejections_total',
    'Times that the DCR server no longer knew the credentials (invalid_client).',
  ],
  'save-failed': [
    'cmu_proxy_state_save_failures_total',
    'Failures to write credentials and token to the store; a restart would register again.',
  ],
  'shared-store-lost': [
    'cmu_proxy_shared_store_losses_total',
    'Times that the store of the fleet went away (docs/fleet.md).',
  ],
  'shared-token-taken': [
    'cmu_proxy_shared_tokens_total',
    'Tokens that another replica got and this one took.',
  ],
} as const;

/** Of counters that have more labels than the client. */
const FIRST_SERIES: Readonly<Record<string, readonly Sample[0][]>> = {
  attempt: [{ outcome: 'ok' }],
  call: OPERATIONS.map((operation) => ({ operation, outcome: 'ok' })),
};

/** What a person has to set right, as long as it lasts. */
interface Troubles {
  readonly inMemory: boolean;
  readonly savesFail: boolean;
  readonly storeLost: boolean;
}

/** What happened to each client's credentials and token since the start. */
export class DcrMetrics {
  readonly registry = new Registry();
  readonly #troubles = new Map<string, Troubles>();
  readonly #counters = new Map<string, Counter>(
    Object.entries(COUNTERS).map(([counted, [name, help]]) => [
      counted,
      new Counter({ name, help, labelNames: LABELS, registers: [this.registry] }),
    ]),
  );
  readonly #durations = new Histogram({
    name: 'cmu_proxy_dcr_request_duration_seconds',
    help: 'Time of a call to the DCR server, by operation.',
    labelNames: LABELS,
    buckets: CALL_BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    const each = (isTrue: (troubles: Troubles) => boolean) => () =>
      Array.from(this.#troubles, ([client, it]): Sample => [{ client }, isTrue(it) ? 1 : 0]);
    defineMetrics(this.registry, {
      cmu_proxy_state_in_memory: [
        '1 while credentials and token are kept in memory alone; a restart would register again.',
        each(({ inMemory, savesFail }) => inMemory || savesFail),
      ],
      cmu_proxy_shared_store_lost: [
        '1 while the store of the fleet is away (docs/fleet.md).',
        each(({ storeLost }) => storeLost),
      ],
    });
  }

  record(client: string, event: DcrEvent): void {
    this.#meet(client);
    switch (event.event) {
      case 'dcr-call': {
        const { operation, outcome, durationMs } = event;
        this.#count('call', { client, operation, outcome });
        this.#durations.observe({ client, operation }, durationMs / 1000);
        if (outcome === 'throttled') this.#count('throttled', { client });
        break;
      }
      case 'token-received':
        this.#count('attempt', { client, outcome: 'ok' });
        break;
      case 'attempt-failed':
        this.#count('attempt', { client, outcome: event.error.code });
        break;
      case 'save-failed':
      case 'save-recovered':
        this.#now(client, { savesFail: event.event === 'save-failed' });
        break;
      case 'shared-store-lost':
      case 'shared-store-recovered':
        this.#now(client, { storeLost: event.event === 'shared-store-lost' });
        break;
      default:
    }
    this.#count(event.event, { client });
  }

  /** A client's state has been opened: on disk, or in memory where there is nothing better. */
  opened(client: string, kind: 'file' | 'memory'): void {
    this.#meet(client);
    this.#now(client, { inMemory: kind === 'memory' });
  }

  /** Events that no counter is for are not counted. */
  #count(counted: string, labels: Sample[0], times = 1): void {
    this.#counters.get(counted)?.inc(labels, times);
  }

  #now(client: string, change: Partial<Troubles>): void {
    const before = this.#troubles.get(client) ?? { inMemory: false, savesFail: false, storeLost: false };
    this.#troubles.set(client, { ...before, ...change });
  }

  /** A series that is there from the start shows its first change as one. */
  #meet(client: string): void {
    if (this.#troubles.has(client)) return;
    this.#now(client, {});
    for (const operation of OPERATIONS) this.#durations.zero({ client, operation });
    for (const counted of Object.keys(COUNTERS)) {
      for (const labels of FIRST_SERIES[counted] ?? [{}]) this.#count(counted, { client, ...labels }, 0);
    }
  }
}
