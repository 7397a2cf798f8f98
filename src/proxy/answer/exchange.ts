import type { AnsweredRequest, CacheOutcome } from '../../http/answered-request.ts';
import type { RequestHead } from '../gate/request-head.ts';

export interface ExchangeEffects {
  /** Of the process: what its requests are named by. */
  readonly idPrefix: string;
  /** Monotonic, in milliseconds, finer than the clock. */
  readonly elapsed: () => number;
  readonly onAnswered: (answered: AnsweredRequest) => void;
  /** Requests are cut off, as the time that they had to end is over. */
  isCutting: boolean;
}

/** What is known of a caller's request, from the first look to the last byte of its answer. */
export class Exchange implements AnsweredRequest {
  /** Counts the requests of the process. */
  readonly sequence: number;
  readonly method: string;
  readonly route: string;
  readonly target: string;
  readonly caller: string | undefined;
  readonly client: string | undefined;
  cache: CacheOutcome = 'none';
  durationMs = 0;
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
  #isClosed = false;

  constructor(
    init: Pick<Exchange, 'sequence' | 'method' | 'head' | 'route' | 'target' | 'caller' | 'client'>,
    effects: ExchangeEffects,
  ) {
    this.sequence = init.sequence;
    this.method = init.method;
    this.#head = init.head;
    this.route = init.route;
    this.target = init.target;
    this.caller = init.caller;
    this.client = init.client;
    this.#effects = effects;
    this.#startedAt = effects.elapsed();
  }

  get id(): string {
    return `${this.#effects.idPrefix}-${this.sequence.toString(36)}`;
  }

  get head(): RequestHead {
    return this.#head;
  }

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
      if (this.#effects.isCutting) this.problem = 'cut-off';
      this.status = this.problem === undefined ? 499 : this.status || 503;
    }
    this.durationMs = this.age;
    this.#effects.onAnswered(this);
  }
}
