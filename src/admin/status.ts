import type { TokenSourceStatus } from '../dcr/index.ts';
import { type EpochMs, isoTime } from '../units.ts';
import type { ProxyStatus, ReportAddresses, TokenStatus } from './console/wire.ts';
import type { Telemetry } from './telemetry.ts';

/** Makes the answer of `/api/status`. @param ready whether a request would find a token */
export const proxyStatus = (
  telemetry: Telemetry,
  facts: {
    readonly version: string;
    readonly now: EpochMs;
    readonly ready: boolean;
    readonly stopping: boolean;
    readonly reports: ReportAddresses;
    readonly token: TokenSourceStatus;
  },
): ProxyStatus => ({
  version: facts.version,
  state: facts.stopping ? 'stopping' : facts.ready ? 'ready' : 'unready',
  now: isoTime(facts.now),
  startedAt: isoTime(telemetry.startedAt),
  reports: facts.reports,
  token: tokenStatus(facts.token),
  upstream: telemetry.upstream,
  history: telemetry.history.entries(),
});

const tokenStatus = (status: TokenSourceStatus): TokenStatus => ({
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
