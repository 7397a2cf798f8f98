import type { TokenSourceStatus } from '../dcr/index.ts';
import { type EpochMs, isoTime } from '../units.ts';
import type { HistoryEntry } from './dcr-history.ts';
import type { Telemetry, UpstreamHealth } from './telemetry.ts';

/** Where reports are, for links and `curl` lines. */
export interface ReportAddresses {
  /** Base URL of the public listener with the prefix; `undefined` until it listens. */
  readonly publicUrl: string | undefined;
  /** Prefix of reports on both listeners. */
  readonly prefix: string;
  /** Origin of the report API. */
  readonly upstream: string;
}

/** The answer of `/api/status`. Times in ISO 8601, which people and `jq` can read. Holds no secret. */
export interface ProxyStatus {
  readonly version: string;
  readonly state: 'ready' | 'unready' | 'stopping';
  readonly now: string;
  readonly startedAt: string;
  readonly reports: ReportAddresses;
  readonly token: TokenStatus;
  readonly upstream: UpstreamHealth;
  /** The last events in the life of credentials and token, oldest first. */
  readonly history: readonly HistoryEntry[];
}

export type TokenStatus = ReturnType<typeof tokenStatus>;

/** @param ready whether a request would find a token */
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

const tokenStatus = (status: TokenSourceStatus) => ({
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
