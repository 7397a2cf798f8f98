import { Counter, Histogram, Registry } from 'prom-client';
import { defineMetrics, LABELS, type Sample } from '../metrics/instruments.ts';
import type { DcrEvent } from '../oauth/index.ts';

/** Seconds. Adobe takes about 0.58 s a call (docs/adobe.md §6). */
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OPERATIONS = ['register', 'token'] as const;

/** What each counter tells; a client's series are there from the start, so that its first change shows as one. */
const COUNTERS = {
  cmu_proxy_token_refreshes_total:
    'Attempts to get a new token, by outcome: ok, or the error code of docs/problems.md.',
  cmu_proxy_dcr_requests_total: 'Calls to the DCR server, by operation and outcome: ok, or the error code.',
  cmu_proxy_dcr_throttled_total:
    'Calls that the DCR server answered 429: other processes share the address and its budget.',
  cmu_proxy_registrations_total:
    'Registrations with the DCR server that succeeded. More than one in a life is worth a look.',
  cmu_proxy_token_rejections_total: 'Tokens that the report API refused (401) before they expired.',
  cmu_proxy_credentials_rejections_total:
    'Times that the DCR server no longer knew the credentials (invalid_client).',
  cmu_proxy_state_save_failures_total:
    'Failures to write credentials and token to the store; a restart would register again.',
  cmu_proxy_shared_store_losses_total: 'Times that the store of the fleet went away (docs/fleet.md).',
  cmu_proxy_shared_tokens_total: 'Tokens that another replica got and this one took.',
} as const;

type CounterName = keyof typeof COUNTERS;

/** Of counters that have more labels than the client. */
const FIRST_SERIES: Readonly<Record<string, readonly Sample[0][]>> = {
  cmu_proxy_token_refreshes_total: [{ outcome: 'ok' }],
  cmu_proxy_dcr_requests_total: OPERATIONS.map((operation) => ({ operation, outcome: 'ok' })),
};

/** Events that are counted by client alone. */
const COUNTED: { readonly [Event in DcrEvent['event']]?: CounterName } = {
  registered: 'cmu_proxy_registrations_total',
  'token-rejected': 'cmu_proxy_token_rejections_total',
  'credentials-rejected': 'cmu_proxy_credentials_rejections_total',
  'save-failed': 'cmu_proxy_state_save_failures_total',
  'shared-store-lost': 'cmu_proxy_shared_store_losses_total',
  'shared-token-taken': 'cmu_proxy_shared_tokens_total',
};

export class DcrMetrics {
  readonly registry = new Registry();
  readonly #clients = new Set<string>();
  // What a person has to set right, as long as it lasts: the clients that it is so with.
  readonly #inMemory = new Set<string>();
  readonly #savesFail = new Set<string>();
  readonly #storeLost = new Set<string>();
  readonly #counters = new Map<string, Counter>(
    Object.entries(COUNTERS).map(([name, help]) => [
      name,
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
    const each = (isTrue: (client: string) => boolean) => () =>
      Array.from(this.#clients, (client): Sample => [{ client }, isTrue(client) ? 1 : 0]);
    defineMetrics(this.registry, {
      cmu_proxy_state_in_memory: [
        '1 while credentials and token are kept in memory alone; a restart would register again.',
        each((client) => this.#inMemory.has(client) || this.#savesFail.has(client)),
      ],
      cmu_proxy_shared_store_lost: [
        '1 while the store of the fleet is away (docs/fleet.md).',
        each((client) => this.#storeLost.has(client)),
      ],
    });
  }

  record(client: string, event: DcrEvent): void {
    const counted = COUNTED[event.event];
    if (counted !== undefined) this.#count(counted, { client });
    switch (event.event) {
      case 'dcr-call': {
        const { operation, outcome, durationMs } = event;
        this.#count('cmu_proxy_dcr_requests_total', { client, operation, outcome });
        this.#durations.observe({ client, operation }, durationMs / 1000);
        if (outcome === 'throttled') this.#count('cmu_proxy_dcr_throttled_total', { client });
        break;
      }
      case 'token-received':
        this.#count('cmu_proxy_token_refreshes_total', { client, outcome: 'ok' });
        break;
      case 'attempt-failed':
        this.#count('cmu_proxy_token_refreshes_total', { client, outcome: event.error.code });
        break;
      case 'save-failed':
        this.#savesFail.add(client);
        break;
      case 'save-recovered':
        this.#savesFail.delete(client);
        break;
      case 'shared-store-lost':
        this.#storeLost.add(client);
        break;
      case 'shared-store-recovered':
        this.#storeLost.delete(client);
        break;
      default:
    }
  }

  /** A client's state has been opened, before any event: on disk, or in memory where there is nothing better. */
  opened(client: string, kind: 'file' | 'memory'): void {
    if (kind === 'memory') this.#inMemory.add(client);
    else this.#inMemory.delete(client);
    if (this.#clients.has(client)) return;
    this.#clients.add(client);
    for (const operation of OPERATIONS) this.#durations.zero({ client, operation });
    for (const [name, counter] of this.#counters) {
      for (const labels of FIRST_SERIES[name] ?? [{}]) counter.inc({ client, ...labels }, 0);
    }
  }

  #count(counter: CounterName, labels: Sample[0]): void {
    this.#counters.get(counter)?.inc(labels);
  }
}
