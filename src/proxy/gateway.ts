import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  NO_REQUEST_DIRECTIVES,
  parseRequestDirectives,
  type RequestDirectives,
} from '../cache/cache-control.ts';
import { cacheKey } from '../cache/cache-key.ts';
import { rawHeaders } from '../cache/header-lookup.ts';
import { negotiatedFormat } from '../cache/negotiated-format.ts';
import type { EpochMs } from '../units.ts';
import { type CallerPolicy, refusalOf } from './caller-policy.ts';
import { type AnsweredRequest, Exchange } from './exchange.ts';
import type { Problem } from './problem.ts';
import { withoutAccessToken } from './query-credentials.ts';
import type { FetchOutcome } from './report-fetch.ts';
import { Reporter, type ReportRequest } from './reporter.ts';
import { type RequestHead, readRequestHead } from './request-head.ts';
import type { Route } from './route.ts';
import { judgeTarget, type Target, type TargetRefusal } from './target.ts';

export interface GatewayOptions {
  /** Longest prefix first. */
  readonly routes: readonly Route[];
  readonly callers: CallerPolicy;
  readonly writeTimeoutMs: number;
  readonly now: () => EpochMs;
  /** Monotonic, in milliseconds. */
  readonly elapsed: () => number;
  /** Called with the head of each request before it goes anywhere; it may put a `traceparent` of its own there. */
  readonly onOpened?: (head: RequestHead) => void;
  readonly onAnswered: (answered: AnsweredRequest) => void;
  readonly onFetched: (outcome: FetchOutcome) => void;
}

/**
 * The public side of the proxy, on Node's own request and response: judges what comes in (guard), and hands what is a report request on to
 * the {@link Reporter}. It stands before Fastify's router, which would double the cost of a hit (bench/results.md);
 * Fastify gets what is not for a route.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #reporter: Reporter;
  #routes: readonly Route[];
  #sequence = 0;
  readonly #idPrefix: string;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#routes = options.routes;
    this.#reporter = new Reporter(options);
    this.#idPrefix = options.now().toString(36);
  }

  /** Requests that come from now on see these routes; those under way end on theirs. */
  replaceRoutes(routes: readonly Route[]): void {
    this.#routes = routes;
  }

  /** How many requests it has taken up since the start. */
  get opened(): number {
    return this.#sequence;
  }

  /** @returns `false` if the request is for no route, and has not been touched */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const target = judgeTarget(request.url ?? '', this.#routes);
    if (target.kind === 'elsewhere') return false;
    const head = readRequestHead(request.rawHeaders);
    if (head.hasBody) abandonBody(response);
    if (target.kind === 'refused') {
      this.#open(request, response, head, '-', '').refuse(targetProblem(target));
      return true;
    }
    const query = withoutAccessToken(target.query);
    const exchange = this.#open(request, response, head, target.route.id, target.below + query);
    const refusal = refusalOf(head, this.#options.callers) ?? methodProblem(request.method);
    if (refusal !== undefined) exchange.refuse(refusal);
    else this.#reporter.report(reportRequest(exchange, target, query, request.rawHeaders));
    return true;
  }

  #open(
    request: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
    route: string,
    target: string,
  ): Exchange {
    this.#options.onOpened?.(head);
    this.#sequence = (this.#sequence + 1) % Number.MAX_SAFE_INTEGER;
    const id = `${this.#idPrefix}-${this.#sequence.toString(36)}`;
    return new Exchange({ id, method: request.method ?? '', head, response, route, target }, this.#options);
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

const methodProblem = (method: string | undefined): Problem | undefined =>
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

const reportRequest = (
  exchange: Exchange,
  { route, below }: Target<Route>,
  query: string,
  rawRequest: readonly string[],
): ReportRequest => {
  const { accept, cacheControl, pragma } = exchange.head;
  const bare = query === '' ? undefined : query.slice(1);
  const format = route.kind === 'report' ? negotiatedFormat(below, bare ?? '', accept) : 'other';
  const key = cacheKey({ route: route.id, path: below, query: bare, format });
  return {
    exchange,
    route,
    below,
    query,
    rawRequest,
    format,
    key,
    flightKey: route.forwardHeaders.length === 0 ? key : key + forwardedValues(route, rawRequest),
    directives: directivesOf(cacheControl, pragma),
  };
};

const directivesOf = (cacheControl: string | undefined, pragma: string | undefined): RequestDirectives =>
  cacheControl === undefined && pragma === undefined
    ? NO_REQUEST_DIRECTIVES
    : parseRequestDirectives(cacheControl, pragma);

/** Requests that differ in what is forwarded of them do not share a flight. */
const forwardedValues = (route: Route, rawRequest: readonly string[]): string => {
  const lookup = rawHeaders(rawRequest);
  return JSON.stringify(['accept', ...route.forwardHeaders].map((name) => lookup(name) ?? null));
};
