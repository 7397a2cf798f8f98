import type { RequestHead } from '../gate/request-head.ts';

/** Names a request, also among those of other processes. */
export class RequestId {
  /** Of the process. */
  readonly prefix: string;
  readonly sequence: number;

  constructor(prefix: string, sequence: number) {
    this.prefix = prefix;
    this.sequence = sequence;
  }

  toString(): string {
    return `${this.prefix}-${this.sequence.toString(36)}`;
  }
}

/** One line of the access log, and what the metrics are made of. To be read at once: what it is part of goes on. */
export interface AnsweredRequest {
  readonly id: RequestId;
  readonly method: string;
  /** The route's name; `-` for what is outside every route. */
  readonly route: string;
  /** Path and query as forwarded: a caller's `access_token` is gone. Empty for a refused target. */
  readonly target: string;
  /** 499 when the caller left before the answer was complete. */
  readonly status: number;
  readonly cache: CacheOutcome;
  readonly durationMs: number;
  /** On the clock of {@link ExchangeEffects.elapsed}. */
  readonly endedAt: number;
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

export type CacheOutcome =
  | 'hit'
  | 'stale'
  | 'collapsed'
  | 'miss'
  | 'revalidated'
  /** From what replicas share. */
  | 'shared'
  | 'bypass'
  | 'none';

export interface ExchangeEffects {
  /** Monotonic, in milliseconds. */
  elapsed(): number;
  onAnswered(answered: AnsweredRequest): void;
  /** Whether requests are cut off, as the time that they had to end is over. */
  isCutting(): boolean;
}

/** What is known of a caller's request, from the first look to the last byte of its answer. */
export class Exchange implements AnsweredRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly route: string;
  readonly target: string;
  readonly caller: string | undefined;
  readonly client: string | undefined;
  cache: CacheOutcome = 'none';
  upstreamMs: number | undefined;
  bytes = 0;
  /** Until it is answered, of the answer that is on its way. */
  status = 0;
  problem: string | undefined;
  insteadOf: string | undefined;
  /** Private: whoever prints an exchange must not print a token. */
  readonly #head: RequestHead;
  readonly #effects: ExchangeEffects;
  readonly #startedAt: number;
  #endedAt: number;
  #isClosed = false;

  constructor(
    init: Pick<Exchange, 'id' | 'method' | 'head' | 'route' | 'target' | 'caller' | 'client'>,
    effects: ExchangeEffects,
  ) {
    this.id = init.id;
    this.method = init.method;
    this.#head = init.head;
    this.route = init.route;
    this.target = init.target;
    this.caller = init.caller;
    this.client = init.client;
    this.#effects = effects;
    this.#startedAt = effects.elapsed();
    this.#endedAt = this.#startedAt;
  }

  get head(): RequestHead {
    return this.#head;
  }

  get endedAt(): number {
    return this.#endedAt;
  }

  get durationMs(): number {
    return this.#endedAt - this.#startedAt;
  }

  /** Milliseconds since it came. */
  get age(): number {
    return this.#effects.elapsed() - this.#startedAt;
  }

  get traceparent(): string | undefined {
    return this.#head.traceparent;
  }

  get isHead(): boolean {
    return this.method === 'HEAD';
  }

  /** The answer is complete, or as complete as it will get. Counts once. */
  close(isComplete: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!isComplete && this.problem === undefined) {
      if (this.#effects.isCutting()) this.problem = 'cut-off';
      this.status = this.problem === undefined ? 499 : this.status || 503;
    }
    this.#endedAt = this.#effects.elapsed();
    this.#effects.onAnswered(this);
  }
}
