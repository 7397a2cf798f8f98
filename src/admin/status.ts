import { type EpochMs, isoTime } from '../base/units.ts';
import type { TokenSourceStatus } from '../oauth/index.ts';
import type { AdminClient, Readiness } from './readiness.ts';
import type { Telemetry } from './telemetry.ts';
import type { ClientStatus, ProxyStatus, ReportAddresses, RouteFacts, TokenStatus } from './wire.ts';

/** Makes the answer of `/api/status`. */
export const proxyStatus = (
  telemetry: Telemetry,
  facts: {
    readonly version: string;
    readonly now: EpochMs;
    readonly readiness: Readiness;
    readonly reports: ReportAddresses;
    readonly clients: readonly AdminClient[];
    readonly routes: readonly RouteFacts[];
  },
): ProxyStatus => {
  const clients = facts.clients.map(
    ({ name, tokens }): ClientStatus => ({
      name,
      ready: tokens.current() !== undefined,
      token: tokenStatus(tokens.status()),
    }),
  );
  const { ready, reason } = facts.readiness;
  return {
    version: facts.version,
    state: reason === 'stopping' ? 'stopping' : ready ? 'ready' : 'unready',
    now: isoTime(facts.now),
    startedAt: isoTime(telemetry.startedAt),
    reports: facts.reports,
    token: clients[0]?.token ?? NO_TOKEN,
    clients,
    routes: facts.routes,
    config: telemetry.reloads.status(),
    upstream: telemetry.upstream,
    history: telemetry.history.entries(),
  };
};

const NO_TOKEN: TokenStatus = {
  state: 'unavailable',
  registration: null,
  token: null,
  nextAttemptAt: null,
  lastFailure: null,
  counts: { registrations: 0, tokenRequests: 0, failures: 0, throttled: 0, invalidations: 0 },
};

/** A client's token as it is shown. */
export const tokenStatus = (status: TokenSourceStatus): TokenStatus => ({
  state: status.state,
  registration: status.registration && {
    clientId: status.registration.clientId,
    issuedAt: isoTime(status.registration.issuedAt),
    ...(status.registration.expiresAt === undefined
      ? {}
      : { expiresAt: isoTime(status.registration.expiresAt) }),
  },
  token: status.token && {
    receivedAt: isoTime(status.token.receivedAt),
    expiresAt: isoTime(status.token.expiresAt),
    refreshAt: isoTime(status.token.refreshAt),
  },
  nextAttemptAt: status.nextAttemptAt === null ? null : isoTime(status.nextAttemptAt),
  lastFailure: status.lastFailure && { ...status.lastFailure, at: isoTime(status.lastFailure.at) },
  counts: status.counts,
});
