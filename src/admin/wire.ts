/** What the private listener tells the console and others. The server is checked against these types too. */

export interface HistoryEntry {
  readonly at: string;
  readonly client: string;
  readonly event: string;
  /** `problem`: somebody may have to act. */
  readonly kind: 'progress' | 'problem';
  /** A sentence or two, without secrets. */
  readonly text: string;
}

export interface TokenStatus {
  readonly state: 'starting' | 'ready' | 'degraded' | 'unavailable';
  readonly registration: {
    readonly clientId: string;
    readonly issuedAt: string;
    readonly expiresAt?: string;
  } | null;
  readonly token: {
    readonly receivedAt: string;
    readonly expiresAt: string;
    readonly refreshAt: string;
  } | null;
  readonly nextAttemptAt: string | null;
  readonly lastFailure: {
    readonly code: string;
    readonly message: string;
    readonly advice: string;
    readonly retryable: boolean;
    readonly at: string;
  } | null;
  readonly counts: Readonly<
    Record<'registrations' | 'tokenRequests' | 'failures' | 'throttled' | 'invalidations', number>
  >;
}

/** What was last heard of report APIs. */
export interface UpstreamHealth<Time = string> {
  readonly lastAnswer: { readonly at: Time; readonly status: number; readonly durationMs: number } | null;
  readonly lastFailure: { readonly at: Time; readonly reason: string } | null;
  /** When the failures began that no good answer has ended; `null` while calls go well. */
  readonly failingSince: Time | null;
}

/** Where reports are, for links and `curl` lines. */
export interface ReportAddresses {
  /** Base URL of the public listener with the prefix; absent until it listens. */
  readonly publicUrl?: string | undefined;
  readonly prefix: string;
  /** Origin of the report API. */
  readonly upstream: string;
  /** Whether this listener answers reports too: not where a socket or client certificates guard them. */
  readonly servedHere: boolean;
  readonly socketPath?: string | undefined;
}

export interface ClientStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly token: TokenStatus;
}

export interface RouteFacts {
  readonly name: string;
  readonly prefix: string;
  /** Names in `Host`; none: any. */
  readonly hosts: readonly string[];
  readonly client: string;
  /** Origin and prefix of the report API. */
  readonly upstream: string;
  /** Zone of the times in its reports: `UTC`, `-08:00`, `America/New_York`. */
  readonly timeZone: string;
}

export interface ConfigStatus {
  readonly lastReload: 'applied' | 'refused' | null;
  /** When the configuration that runs was taken up. */
  readonly since: string;
}

/** `GET /api/status`. Times are in ISO 8601. Holds no secret. */
export interface ProxyStatus {
  readonly version: string;
  readonly state: 'ready' | 'unready' | 'stopping';
  readonly now: string;
  readonly startedAt: string;
  readonly reports: ReportAddresses;
  /** Of the first client. */
  readonly token: TokenStatus | undefined;
  readonly clients: readonly ClientStatus[];
  readonly routes: readonly RouteFacts[];
  readonly config: ConfigStatus;
  readonly upstream: UpstreamHealth;
  /** The last events in the life of credentials and token, oldest first. */
  readonly history: readonly HistoryEntry[];
}

/** `GET /api/cache`: what the cache holds, and has done since the start. */
export interface CacheFigures {
  readonly enabled: boolean;
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly evictions: number;
  readonly hits: number;
  readonly misses: number;
  readonly collapsed: number;
  readonly staleServed: number;
  readonly revalidated: number;
}

/** What went on since the event before. Rates are a second; durations are estimates, `null` without requests. */
export interface Rates {
  readonly requests: number;
  readonly upstreamRequests: number;
  readonly serverErrors: number;
  readonly bytes: number;
  /** Share of answers, 0 to 1, for which nothing was asked upstream; `null` without requests. */
  readonly fromCache: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** One event of `GET /api/events`. */
export interface LiveEvent {
  readonly status: ProxyStatus;
  readonly cache: CacheFigures;
  readonly inFlight: number;
  readonly rates: Rates;
  /** Counts since the start. */
  readonly totals: Readonly<
    Record<'requests' | 'serverErrors' | 'upstreamRequests' | 'upstreamErrors' | 'bytes', number>
  >;
}
