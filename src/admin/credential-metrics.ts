import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EpochMs } from '../base/units.ts';
import type { Instruments, Sample } from '../metrics/instruments.ts';
import type { DcrEvent, TokenSource, TokenSourceStatus } from '../oauth/index.ts';

/** A set of Adobe credentials, as the configuration names it. */
export interface MeteredClient {
  readonly name: string;
  readonly tokens: Pick<TokenSource, 'status' | 'current'>;
}

const TOKEN_STATES = [
  'starting',
  'ready',
  'degraded',
  'unavailable',
] as const satisfies readonly TokenSourceStatus['state'][];

/** The life of each client's token, as its source tells it. */
export const defineTokenMetrics = (
  instruments: Instruments,
  clients: () => readonly MeteredClient[],
  now: () => EpochMs,
): void => {
  const perClient = (name: string, help: string, read: (status: TokenSourceStatus) => number | undefined) =>
    instruments.gauge(name, help, ['client'], () =>
      clients().flatMap(({ name: client, tokens }): Sample[] => {
        const value = read(tokens.status());
        return value === undefined ? [] : [[{ client }, value]];
      }),
    );
  instruments.gauge(
    'cmu_proxy_token_state',
    '1 for the state that the client is in, 0 for the others. degraded: a token serves, its refresh fails.',
    ['client', 'state'],
    () =>
      clients().flatMap(({ name: client, tokens }) => {
        const current = tokens.status().state;
        return TOKEN_STATES.map((state): Sample => [{ client, state }, state === current ? 1 : 0]);
      }),
  );
  instruments.gauge('cmu_proxy_client_ready', '1 while callers of the client find a token.', ['client'], () =>
    clients().map(({ name: client, tokens }) => [{ client }, tokens.current() === undefined ? 0 : 1]),
  );
  perClient(
    'cmu_proxy_token_age_seconds',
    'Time since the token in service was received; absent without one.',
    ({ token }) => (token === null ? undefined : (now() - token.receivedAt) / 1000),
  );
  perClient(
    'cmu_proxy_token_expiry_timestamp_seconds',
    'When the token in service expires; absent without one.',
    ({ token }) => (token === null ? undefined : token.expiresAt / 1000),
  );
  perClient(
    'cmu_proxy_token_next_attempt_timestamp_seconds',
    'When the next refresh or retry is due; absent while one is under way.',
    ({ nextAttemptAt }) => (nextAttemptAt === null ? undefined : nextAttemptAt / 1000),
  );
  perClient(
    'cmu_proxy_credentials_expiry_timestamp_seconds',
    'When the registered credentials expire; absent if they do not.',
    ({ registration }) => (registration?.expiresAt === undefined ? undefined : registration.expiresAt / 1000),
  );
};

/** Seconds. Adobe takes about 0.58 s a call (docs/adobe.md §6). */
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OPERATIONS = ['register', 'token'] as const;

/** Each event that is only counted, and how its count is called. */
const EVENTS: readonly (readonly [event: DcrEvent['event'], name: string, help: string])[] = [
  [
    'registered',
    'cmu_proxy_registrations_total',
    'Registrations with the DCR server that succeeded. More than one in a life is worth a look.',
  ],
  [
    'token-rejected',
    'cmu_proxy_token_rejections_total',
    'Tokens that the report API refused (401) before they expired.',
  ],
  [
    'credentials-rejected',
    'cmu_proxy_credentials_rejections_total',
    'Times that the DCR server no longer knew the credentials (invalid_client).',
  ],
  [
    'save-failed',
    'cmu_proxy_state_save_failures_total',
    'Failures to write credentials and token to the store; a restart would register again.',
  ],
  [
    'shared-store-lost',
    'cmu_proxy_shared_store_losses_total',
    'Times that the store of the fleet went away (docs/fleet.md).',
  ],
  [
    'shared-token-taken',
    'cmu_proxy_shared_tokens_total',
    'Tokens that another replica got and this one took.',
  ],
];

/**
 * What happened to each client's credentials and token since the start. Names of clients come from the configuration,
 * outcomes are `ok` or a DCR error code: all labels are bounded.
 */
export class DcrMetrics {
  readonly registry = new Registry();
  /** What a person has to set right, as long as it lasts. */
  readonly #troubles = new Map<string, { readonly inMemory: boolean; readonly savesFail: boolean }>();
  readonly #refreshes = this.#counter(
    'cmu_proxy_token_refreshes_total',
    'Attempts to get a new token, by outcome: ok, or the error code of docs/problems.md.',
    'outcome',
  );
  readonly #calls = this.#counter(
    'cmu_proxy_dcr_requests_total',
    'Calls to the DCR server, by operation and outcome: ok, or the error code.',
    'operation',
    'outcome',
  );
  readonly #durations = new Histogram({
    name: 'cmu_proxy_dcr_request_duration_seconds',
    help: 'Time of a call to the DCR server, by operation.',
    labelNames: ['client', 'operation'],
    buckets: CALL_BUCKETS,
    registers: [this.registry],
  });
  readonly #throttled = this.#counter(
    'cmu_proxy_dcr_throttled_total',
    'Calls that the DCR server answered 429: other processes share the address and its budget.',
  );
  readonly #inMemory = this.#gauge(
    'cmu_proxy_state_in_memory',
    '1 while credentials and token are kept in memory alone; a restart would register again.',
  );
  readonly #storeLost = this.#gauge(
    'cmu_proxy_shared_store_lost',
    '1 while the store of the fleet is away (docs/fleet.md).',
  );
  readonly #byEvent: ReadonlyMap<string, Counter> = new Map(
    EVENTS.map(([event, name, help]) => [event, this.#counter(name, help)]),
  );

  record(client: string, event: DcrEvent): void {
    this.#meet(client);
    this.#byEvent.get(event.event)?.inc({ client });
    switch (event.event) {
      case 'dcr-call': {
        const { operation, outcome, durationMs } = event;
        this.#calls.inc({ client, operation, outcome });
        this.#durations.observe({ client, operation }, durationMs / 1000);
        if (outcome === 'throttled') this.#throttled.inc({ client });
        return;
      }
      case 'token-received':
        this.#refreshes.inc({ client, outcome: 'ok' });
        return;
      case 'attempt-failed':
        this.#refreshes.inc({ client, outcome: event.error.code });
        return;
      case 'save-failed':
      case 'save-recovered':
        this.#keeps(client, { savesFail: event.event === 'save-failed' });
        return;
      case 'shared-store-lost':
      case 'shared-store-recovered':
        this.#storeLost.set({ client }, event.event === 'shared-store-lost' ? 1 : 0);
        return;
      default:
    }
  }

  /** A client's state has been opened: on disk, or in memory where there is nothing better. */
  opened(client: string, kind: 'file' | 'memory'): void {
    this.#meet(client);
    this.#keeps(client, { inMemory: kind === 'memory' });
  }

  #keeps(client: string, change: { readonly inMemory: boolean } | { readonly savesFail: boolean }): void {
    const troubles = { inMemory: false, savesFail: false, ...this.#troubles.get(client), ...change };
    this.#troubles.set(client, troubles);
    this.#inMemory.set({ client }, troubles.inMemory || troubles.savesFail ? 1 : 0);
  }

  /** A series that is there from the start shows its first change as one. */
  #meet(client: string): void {
    if (this.#troubles.has(client)) return;
    for (const counter of [this.#throttled, ...this.#byEvent.values()]) counter.inc({ client }, 0);
    this.#refreshes.inc({ client, outcome: 'ok' }, 0);
    for (const operation of OPERATIONS) {
      this.#calls.inc({ client, operation, outcome: 'ok' }, 0);
      this.#durations.zero({ client, operation });
    }
    this.#storeLost.set({ client }, 0);
    this.#keeps(client, { inMemory: false });
  }

  #counter(name: string, help: string, ...labels: readonly string[]): Counter {
    return new Counter({ name, help, labelNames: ['client', ...labels], registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, labelNames: ['client'], registers: [this.registry] });
  }
}
