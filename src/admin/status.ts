import { isoTime, withIsoTimes } from '../base/units.ts';
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
  ...withIsoTimes(status),
  registration: status.registration && shownRegistration(status.registration),
  token: status.token && withIsoTimes(status.token),
  lastFailure: status.lastFailure && withIsoTimes(status.lastFailure),
});

const shownRegistration = ({ scopes: _, ...shown }: NonNullable<TokenSourceStatus['registration']>) =>
  withIsoTimes(shown);
