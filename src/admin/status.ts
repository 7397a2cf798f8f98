import { isoTime, withIsoTimes } from '../base/units.ts';
import type { TokenSourceStatus } from '../oauth/index.ts';
import { accessOf } from './access.ts';
import type { AdminClient, ProcessPhase, ProxyProcess } from './proxy-process.ts';
import type { ClientStatus, ProxyStatus, TokenStatus } from './wire.ts';

/** A client whose callers find no token now. */
export interface UnreadyClient {
  readonly name: string;
  readonly state: TokenSourceStatus['state'];
  /** Why the last attempt failed: a code of docs/problems.md. */
  readonly code?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly reason: 'starting' | 'ready' | 'degraded' | 'unavailable' | 'no-workers' | 'stopping';
  readonly unready: readonly UnreadyClient[];
}

/**
 * Whether this replica should get requests: not before every listener accepts and a first token is there, and then
 * while callers are answered at all. A client that is broken takes nobody away from the others, and Adobe's outage
 * takes no replica away from the reports that it has stored; metrics, status and the body tell of both.
 * @param listening processes that answer callers now
 * @param strict asks for a usable token as well
 */
export const readinessOf = (
  clients: readonly AdminClient[],
  { started, stopping }: ProcessPhase,
  listening: number,
  strict = false,
): Readiness => {
  const unready = clients.filter(({ tokens }) => tokens.current() === undefined);
  const serves = clients.some((it) => (it.hasServed && !strict) || !unready.includes(it));
  const ready = started && !stopping && listening > 0 && serves;
  const isAny = (state: TokenSourceStatus['state']) =>
    clients.some(({ tokens }) => tokens.status().state === state);
  const reason = (): Readiness['reason'] => {
    if (stopping) return 'stopping';
    if (ready) return clients.every(({ tokens }) => tokens.status().state === 'ready') ? 'ready' : 'degraded';
    if (started && serves) return 'no-workers';
    return isAny('starting') || serves ? 'starting' : 'unavailable';
  };
  return { ready, reason: reason(), unready: unready.map(unreadyClient) };
};

export const readinessNow = ({ clients, phase, workers }: ProxyProcess): Readiness =>
  readinessOf(clients, phase, workers.listening);

const unreadyClient = ({ name, tokens }: AdminClient): UnreadyClient => {
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
    token: clients[0]?.token ?? NO_TOKEN,
    clients,
    routes: proxy.routes,
    config: telemetry.reloads.status(),
    upstream: withIsoTimes(telemetry.upstream),
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

export const tokenStatus = (status: TokenSourceStatus): TokenStatus =>
  withIsoTimes({ ...status, registration: status.registration && withoutScopes(status.registration) });

const withoutScopes = ({ scopes: _, ...shown }: NonNullable<TokenSourceStatus['registration']>) => shown;
