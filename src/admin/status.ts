import { isoTime, withIsoTimes } from '../base/units.ts';
import type { TokenSourceStatus } from '../oauth/index.ts';
import { accessOf } from './access.ts';
import type { AdminClient, ProcessPhase, ProxyProcess } from './proxy-process.ts';
import type { ClientStatus, ProxyStatus, TokenStatus } from './wire.ts';

/**
 * Whether this replica should get requests: not before every listener accepts and a first token is there, and then
 * while callers are answered at all. A client that is broken takes nobody away from the others, and Adobe's outage
 * takes no replica away from the reports that it has stored; metrics, status and the body tell of both.
 * @param listening processes that answer callers now
 * @param strict asks for a usable token as well
 * @returns among it the clients whose callers find no token now
 */
export const readinessOf = (
  clients: readonly AdminClient[],
  { started, stopping }: ProcessPhase,
  listening: number,
  strict = false,
) => {
  const unready = clients.filter(({ tokens }) => tokens.current() === undefined);
  const serves = clients.some((it) => (it.hasServed && !strict) || !unready.includes(it));
  const ready = started && !stopping && listening > 0 && serves;
  const isAny = (state: TokenSourceStatus['state']) =>
    clients.some(({ tokens }) => tokens.status().state === state);
  const reason = () => {
    if (stopping) return 'stopping';
    if (ready) return clients.every(({ tokens }) => tokens.status().state === 'ready') ? 'ready' : 'degraded';
    if (started && serves) return 'no-workers';
    return isAny('starting') || serves ? 'starting' : 'unavailable';
  };
  return { ready, reason: reason(), unready: unready.map(unreadyClient) };
};

export const readinessNow = ({ clients, phase, workers }: ProxyProcess) =>
  readinessOf(clients, phase, workers.listening);

/** With the code (docs/problems.md) of why the last attempt failed. */
const unreadyClient = ({ name, tokens }: AdminClient) => {
  const { state, lastFailure } = tokens.status();
  return { name, state, ...(lastFailure !== null && { code: lastFailure.code }) };
};

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
    reports: {
      ...proxy.reports,
      servedHere: accessOf(true, proxy.config).reports,
      socketPath: proxy.config.listen.socketPath,
    },
    token: clients[0]?.token,
    clients,
    routes: proxy.routes,
    config: telemetry.reloads.status(),
    upstream: withIsoTimes(telemetry.upstream),
    history: telemetry.history.entries(),
  };
};

export const tokenStatus = (status: TokenSourceStatus): TokenStatus =>
  withIsoTimes({ ...status, registration: status.registration && withoutScopes(status.registration) });

const withoutScopes = ({ scopes: _, ...shown }: NonNullable<TokenSourceStatus['registration']>) => shown;
