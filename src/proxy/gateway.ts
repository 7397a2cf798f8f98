import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainRequest } from '../accelerator/plain-request.ts';
import type { EpochMs } from '../base/units.ts';
import { type AnsweredRequest, Exchange, RequestId } from './answer/exchange.ts';
import type { Problem } from './answer/problem.ts';
import { NodeReply, type Reply } from './answer/reply.ts';
import { type CallerPolicy, refusalOf } from './gate/caller-policy.ts';
import { type CallerToken, callerOf } from './gate/caller-tokens.ts';
import { type RequestHead, readRequestHead } from './gate/request-head.ts';
import type { Route } from './gate/route.ts';
import { RouteTable } from './gate/route-table.ts';
import type { TargetRefusal } from './gate/target.ts';
import { type AskedTarget, TargetJudge } from './gate/target-judge.ts';
import type { FetchOutcome } from './reports/report-fetch.ts';
import { ReportFetches } from './reports/report-fetches.ts';
import { ReportPrefetch } from './reports/report-prefetch.ts';
import { reportQuestion } from './reports/report-question.ts';
import { Reporter } from './reports/reporter.ts';

/** What is served, and to whom. */
export interface Service {
  readonly routes: readonly Route[];
  readonly callers: CallerPolicy;
  /** If there are any, each report request needs one of them. */
  readonly callerTokens?: readonly CallerToken[];
}

export interface GatewayOptions extends Service {
  readonly writeTimeoutMs: number;
  readonly now: () => EpochMs;
  /** Monotonic, in milliseconds. */
  readonly elapsed: () => number;
  /** Called with the head of each request before it goes anywhere; it may put a `traceparent` of its own there. */
  readonly onOpened?: (head: RequestHead) => void;
  readonly onAnswered: (answered: AnsweredRequest) => void;
  readonly onFetched: (outcome: FetchOutcome) => void;
  /** Tells this process's request ids from those of others that start at the same moment. */
  readonly instance?: string;
}

/**
 * The public side of the proxy, on Node's own request and response: judges what comes in (guard), and hands what is a report request on to
 * the {@link Reporter}. It stands before Fastify's router (docs/decisions/001);
 * Fastify gets what is not for a route.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #reporter: Reporter;
  /** Reports that the proxy itself wants to have stored. */
  readonly prefetch: ReportPrefetch;
  #judge: TargetJudge;
  #callers: CallerPolicy;
  #callerTokens: readonly CallerToken[];
  #sequence = 0;
  readonly #idPrefix: string;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#judge = new TargetJudge(new RouteTable(options.routes));
    this.#callers = options.callers;
    this.#callerTokens = options.callerTokens ?? [];
    const fetches = new ReportFetches(options);
    this.#reporter = new Reporter(options, fetches);
    this.prefetch = new ReportPrefetch(fetches, () => this.#judge, options.now);
    this.#idPrefix = options.now().toString(36) + (options.instance ?? '');
  }

  /** Requests that come from now on are served so; those under way end as they began. */
  replace({ routes, callers, callerTokens = [] }: Service): void {
    this.#judge = new TargetJudge(new RouteTable(routes));
    this.#callers = callers;
    this.#callerTokens = callerTokens;
  }

  /** The prefixes that are served, each once. */
  get prefixes(): readonly string[] {
    return [...new Set(this.#judge.routes.routes.map(({ prefix }) => prefix))];
  }

  get callers(): CallerPolicy {
    return this.#callers;
  }

  /** How many requests it has taken up since the start. */
  get opened(): number {
    return this.#sequence;
  }

  /** @returns `false` if the request is for no route, and has not been touched */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { method = '', url = '', rawHeaders } = request;
    const early = this.#judge.routes.usesHosts ? readRequestHead(rawHeaders) : undefined;
    const target = this.#judge.judge(url, early?.host);
    if (target.kind === 'elsewhere') return false;
    const head = early ?? readRequestHead(rawHeaders);
    if (head.hasBody) abandonBody(response);
    this.#serve(target, method, head, rawHeaders, new NodeReply(response));
    return true;
  }

  /** The same for a request that did not need Node's parser. */
  handlePlain({ target: raw, fields }: PlainRequest, reply: Reply): boolean {
    const target = this.#judge.judge(raw, fields.head.host);
    if (target.kind === 'elsewhere') return false;
    // The fields may be those of the connection's next request as well, and tracing writes into them.
    const head = this.#options.onOpened === undefined ? fields.head : { ...fields.head };
    this.#serve(target, 'GET', head, fields.raw, reply);
    return true;
  }

  #serve(
    target: AskedTarget | TargetRefusal,
    method: string,
    head: RequestHead,
    rawRequest: readonly string[],
    reply: Reply,
  ): void {
    if (target.kind === 'refused') {
      this.#open(method, head, reply, '-', '').refuse(targetProblem(target));
      return;
    }
    const exchange = this.#open(method, head, reply, target.route.id, target.whole);
    const refusal = refusalOf(head, this.#callers) ?? this.#callerProblem(exchange) ?? methodProblem(method);
    if (refusal !== undefined) exchange.refuse(refusal);
    else this.#reporter.report(exchange, reportQuestion(target, head, rawRequest));
  }

  #callerProblem(exchange: Exchange): Problem | undefined {
    if (this.#callerTokens.length === 0) return undefined;
    const { caller, refusal } = callerOf(exchange.head, this.#callerTokens);
    exchange.caller = caller;
    return refusal;
  }

  #open(method: string, head: RequestHead, reply: Reply, route: string, target: string): Exchange {
    this.#options.onOpened?.(head);
    this.#sequence = (this.#sequence + 1) % Number.MAX_SAFE_INTEGER;
    const id = new RequestId(this.#idPrefix, this.#sequence);
    return new Exchange({ id, method, head, reply, route, target }, this.#options);
  }
}

/** A report request has no use for a body: it is never read, so the connection ends with the answer. */
const abandonBody = (response: ServerResponse): void => {
  response.shouldKeepAlive = false;
};

const targetProblem = (refusal: TargetRefusal): Problem => ({
  status: refusal.status,
  name: refusal.status === 414 ? 'target-too-long' : 'bad-request',
  title: 'The request target cannot be served',
  detail: refusal.reason,
  proxyError: 'http_request_error',
  close: true,
});

const methodProblem = (method: string): Problem | undefined =>
  method === 'GET' || method === 'HEAD'
    ? undefined
    : {
        status: 405,
        name: 'method-not-allowed',
        title: 'Reports can only be read',
        detail: 'The report API knows GET only; HEAD is answered from the same report.',
        proxyError: 'http_request_denied',
        allow: 'GET, HEAD',
        close: true,
      };
