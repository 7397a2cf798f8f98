import { isoTime } from '../base/units.ts';
import type { TokenSourceStatus } from '../oauth/index.ts';
import type { ProxyProcess } from './proxy-process.ts';
import { readinessNow } from './readiness.ts';
import type { ClientStatus, ProxyStatus, TokenStatus } from './wire.ts';

/** Makes the answer of `/api/status`. */
export const proxyStatus = (proxy: ProxyProcess): ProxyStatus => {
  const { telemetry } = proxy;
  const { ready, reason } = readinessNow(proxy);
  const clients = proxy.clients.map(
    ({ name, tokens }): ClientStatus => ({
      name,
      ready: tokens.current() !== undefined,
      token: tokenStatus(tokens.status()),
    }),
  );
  return {
    version: proxy.version,
    state: reason === 'stopping' ? 'stopping' : ready ? 'ready' : 'unready',
    now: isoTime(proxy.effects.now()),
    startedAt: isoTime(telemetry.startedAt),
    reports: proxy.reports,
    token: clients[0]?.token ?? NO_TOKEN,
    clients,
    routes: proxy.routes,
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
