import type { RequestHead } from '../gate/request-head.ts';
import { answerProblem, type Problem, type ProblemName } from './problem.ts';
import type { CallerResponse, Reply, ReplyWatcher } from './reply.ts';

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
  /** Whose token it came with, where callers need one. */
  readonly caller: string | undefined;
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

/** What an exchange needs of the gateway. */
export interface ExchangeEffects {
  /** Monotonic, in milliseconds. */
  elapsed(): number;
  onAnswered(answered: AnsweredRequest): void;
}

/**
 * A caller's request and its answer, from the first look to the last byte. Whoever watches requests gets it as it is, so what may hold
 * secrets is private: nothing prints or serialises it.
 */
export class Exchange implements ReplyWatcher, AnsweredRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly route: string;
  readonly target: string;
  caller: string | undefined;
  cache: CacheOutcome = 'none';
  upstreamMs: number | undefined;
  bytes = 0;
  /** Until it is answered, of the answer that is on its way. */
  status = 0;
  problem: string | undefined;
  readonly #head: RequestHead;
  readonly #reply: Reply;
  readonly #effects: ExchangeEffects;
  readonly #startedAt: number;
  #endedAt: number;
  #answered = false;

  constructor(
    init: Pick<Exchange, 'id' | 'method' | 'head' | 'reply' | 'route' | 'target'>,
    effects: ExchangeEffects,
  ) {
    this.id = init.id;
    this.method = init.method;
    this.#head = init.head;
    this.#reply = init.reply;
    this.route = init.route;
    this.target = init.target;
    this.#effects = effects;
    this.#startedAt = effects.elapsed();
    this.#endedAt = this.#startedAt;
  }

  get head(): RequestHead {
    return this.#head;
  }

  get reply(): Reply {
    return this.#reply;
  }

  get endedAt(): number {
    return this.#endedAt;
  }

  get durationMs(): number {
    return this.#endedAt - this.#startedAt;
  }

  get traceparent(): string | undefined {
    return this.head.traceparent;
  }

  /** For an answer in pieces. */
  get response(): CallerResponse {
    return this.reply.response;
  }

  get isHead(): boolean {
    return this.method === 'HEAD';
  }

  /** Answers with what is all there. @param fields flat */
  answerWith(status: number, fields: readonly string[], body: string | Buffer): void {
    this.status = status;
    this.reply.watch(this);
    this.reply.whole(status, fields, body);
  }

  /** The same with status 200, and fields that are the very same for many answers. */
  answerPrepared(fields: readonly string[], body: string | Buffer): void {
    this.status = 200;
    this.reply.watch(this);
    this.reply.prepared(fields, body);
  }

  onClosed(): void {
    this.closed(this.status);
  }

  /** Answers with a problem of the proxy's own. @param more more header fields, flat */
  refuse(problem: Problem, more: readonly string[] = []): void {
    this.problem = problem.name;
    this.status = problem.status;
    this.reply.watch(this);
    answerProblem(this.reply, problem, String(this.id), more);
  }

  /** Breaks the answer off: only a broken connection tells the caller that the body is not whole. */
  tear(problem: ProblemName): void {
    this.problem = problem;
    this.reply.destroy();
  }

  /** What to say once the response has closed. @param status that was sent */
  closed(status: number): void {
    const callerLeft = !this.reply.isComplete && this.problem === undefined;
    this.answered(callerLeft ? 499 : status);
  }

  /** The answer is complete, or as complete as it will get. Counts once. */
  answered(status: number): void {
    if (this.#answered) return;
    this.#answered = true;
    this.status = status;
    this.#endedAt = this.#effects.elapsed();
    this.#effects.onAnswered(this);
  }
}
