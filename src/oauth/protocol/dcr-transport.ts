/** One `POST` to the DCR server, as it goes on the wire. */
export interface DcrRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborts when the caller's patience ends: the transport has no time-out of its own but this. */
  readonly signal: AbortSignal;
}

export interface DcrAnswer {
  readonly status: number;
  /** Names in lower case; repeated fields joined by a comma (RFC 9110 §5.3). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * Sends one request and gives its answer, whatever its status.
 * @throws anything: what is not a `DcrError` gets its meaning from `dcr-failure.ts`.
 */
export type DcrTransport = (request: DcrRequest) => Promise<DcrAnswer>;
