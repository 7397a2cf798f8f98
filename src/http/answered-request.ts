/** What the cache had to do with an answer; `Cache-Status` (RFC 9211) in the answers says what each means. */
export const CACHE_OUTCOMES = [
  'hit',
  'stale',
  'collapsed',
  'miss',
  'revalidated',
  /** From what replicas share. */
  'shared',
  'bypass',
  'none',
] as const;
export type CacheOutcome = (typeof CACHE_OUTCOMES)[number];

/** One line of the access log, and what the metrics are made of. To be read at once: what it is part of goes on. */
export interface AnsweredRequest {
  /** Names the request, also among those of other processes. */
  readonly id: string;
  readonly method: string;
  /** The route's name; `-` for what is outside every route. */
  readonly route: string;
  /** Path and query as forwarded: a caller's `access_token` is gone. Empty for a refused target. */
  readonly target: string;
  /** 499 when the caller left before the answer was complete. */
  readonly status: number;
  readonly cache: CacheOutcome;
  readonly durationMs: number;
  /** Until the head of the upstream's answer; `undefined` if nothing was asked. */
  readonly upstreamMs: number | undefined;
  readonly bytes: number;
  /** The name of the problem, if the answer was the proxy's own, or broke off for it. */
  readonly problem: string | undefined;
  /** What a stored copy was served in the place of: the name of a problem, or `status-503`. */
  readonly insteadOf: string | undefined;
  /** Whose token it came with, where callers need one. */
  readonly caller: string | undefined;
  /** The caller's address; none on a socket of the file system. */
  readonly client: string | undefined;
  /** Names the trace that the request is part of, as it went on (W3C Trace Context). */
  readonly traceparent: string | undefined;
}
