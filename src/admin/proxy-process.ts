import type { Effects } from '../base/effects.ts';
import type { EpochMs } from '../base/units.ts';
import type { ReportCacheContents } from '../cache/store/report-cache.ts';
import type { Config } from '../config/settings/schema.ts';
import type { Log } from '../log/log.ts';
import type { TokenSource } from '../oauth/index.ts';
import type { Gateway } from '../proxy/gateway.ts';
import type { Telemetry } from './telemetry.ts';
import type { ReportAddresses, RouteFacts } from './wire.ts';

/** The process, as the private listener sees it and acts on it. What may change is read anew at each use. */
export interface ProxyProcess {
  readonly version: string;
  readonly phase: ProcessPhase;
  /** There is at least one. */
  readonly clients: readonly AdminClient[];
  readonly routes: readonly RouteFacts[];
  readonly reports: Omit<ReportAddresses, 'servedHere' | 'socketPath'>;
  readonly config: Pick<Config, 'listen' | 'admin'>;
  /** Knows who may call, and answers report requests of the console as it does those of the public listener. */
  readonly gateway: Pick<Gateway, 'allowedHosts' | 'handle'>;
  readonly workers: { readonly wanted: number; readonly listening: number; readonly ended: number };
  /** When the certificate of the public listener expires; `undefined` without TLS. */
  readonly certificateExpiresAt: EpochMs | undefined;
  readonly openedRequests: number;
  /** Requests refused since the start because there were too many connections. */
  readonly shedRequests: number;
  /** Of all processes; `undefined`: it is switched off. `purge` forgets what starts so, and tells how many. */
  readonly cache:
    | { contents(): ReportCacheContents; purge(prefix: string): number | Promise<number> }
    | undefined;
  readonly telemetry: Telemetry;
  readonly effects: Pick<Effects, 'now' | 'setTimer'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'dropped'>;
  /** Has all replicas forget the reports that they share, if they do. @returns whether the shared store knows */
  readonly purgeShared?: (() => Promise<boolean>) | undefined;
  readonly shutdown: () => void;
}

export interface ProcessPhase {
  /** Every client that was there at the start has tried to get a token. */
  readonly started: boolean;
  readonly stopping: boolean;
}

export interface AdminClient {
  readonly name: string;
  /** Whether it has ever had a token: since then its callers are answered, if need be with a stored report. */
  readonly hasServed: boolean;
  readonly tokens: Pick<TokenSource, 'current' | 'status' | 'refresh' | 'registerAnew'>;
}
