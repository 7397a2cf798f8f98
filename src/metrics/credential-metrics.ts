import type { EpochMs } from '../base/units.ts';
import type { TokenSource, TokenSourceStatus } from '../oauth/index.ts';
import { DCR_OPERATIONS, type DcrTallies, type DcrTally } from './dcr-tally.ts';
import type { Instruments, Sample } from './instruments.ts';

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

/** What happened to each client's credentials and token since the start. */
export const defineDcrMetrics = (instruments: Instruments, dcr: DcrTallies): void => {
  const eachClient = <T>(read: (client: string, tally: DcrTally) => readonly Sample<T>[]): Sample<T>[] =>
    Array.from(dcr.byClient).flatMap(([client, tally]) => read(client, tally));
  const perClient = (name: string, help: string, read: (tally: DcrTally) => number) =>
    instruments.counter(name, help, ['client'], () =>
      eachClient((client, tally) => [[{ client }, read(tally)]]),
    );
  instruments.counter(
    'cmu_proxy_token_refreshes_total',
    'Attempts to get a new token, by outcome: ok, or the error code of docs/problems.md.',
    ['client', 'outcome'],
    () =>
      eachClient((client, { refreshes }) =>
        Array.from(refreshes, ([outcome, count]) => [{ client, outcome }, count]),
      ),
  );
  instruments.counter(
    'cmu_proxy_dcr_requests_total',
    'Calls to the DCR server, by operation and outcome: ok, or the error code.',
    ['client', 'operation', 'outcome'],
    () =>
      eachClient((client, { calls }) =>
        DCR_OPERATIONS.flatMap((operation) =>
          Array.from(calls[operation], ([outcome, count]): Sample => [{ client, operation, outcome }, count]),
        ),
      ),
  );
  instruments.histogram(
    'cmu_proxy_dcr_request_duration_seconds',
    'Time of a call to the DCR server, by operation.',
    ['client', 'operation'],
    () =>
      eachClient((client, { durations }) =>
        DCR_OPERATIONS.map((operation) => [{ client, operation }, durations[operation]]),
      ),
  );
  perClient(
    'cmu_proxy_registrations_total',
    'Registrations with the DCR server that succeeded. More than one in a life is worth a look.',
    (tally) => tally.registrations,
  );
  perClient(
    'cmu_proxy_dcr_throttled_total',
    'Calls that the DCR server answered 429: other processes share the address and its budget.',
    (tally) => tally.throttled,
  );
  perClient(
    'cmu_proxy_token_rejections_total',
    'Tokens that the report API refused (401) before they expired.',
    (tally) => tally.tokenRejections,
  );
  perClient(
    'cmu_proxy_credentials_rejections_total',
    'Times that the DCR server no longer knew the credentials (invalid_client).',
    (tally) => tally.credentialsRejections,
  );
  perClient(
    'cmu_proxy_state_save_failures_total',
    'Failures to write credentials and token to the store; a restart would register again.',
    (tally) => tally.saveFailures,
  );
  const trouble = (name: string, help: string, read: (troubles: DcrTally['troubles']) => boolean) =>
    instruments.gauge(name, help, ['client'], () =>
      eachClient((client, { troubles }) => [[{ client }, read(troubles) ? 1 : 0]]),
    );
  trouble(
    'cmu_proxy_state_in_memory',
    '1 while credentials and token are kept in memory alone; a restart would register again.',
    ({ inMemory, savesFail }) => inMemory || savesFail,
  );
  trouble(
    'cmu_proxy_shared_store_lost',
    '1 while the store of the fleet is away (docs/fleet.md).',
    ({ sharedStoreLost }) => sharedStoreLost,
  );
  perClient(
    'cmu_proxy_shared_store_losses_total',
    'Times that the store of the fleet went away (docs/fleet.md).',
    (tally) => tally.sharedStoreLosses,
  );
  perClient(
    'cmu_proxy_shared_tokens_total',
    'Tokens that another replica got and this one took.',
    (tally) => tally.sharedTokensTaken,
  );
};
