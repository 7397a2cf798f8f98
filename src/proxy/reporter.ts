import type { RequestDirectives } from '../cache/cache-control.ts';
import { cacheStatus, type ForwardReason } from '../cache/cache-status.ts';
import { rawHeaders } from '../cache/header-lookup.ts';
import type { ReportFormat } from '../cache/negotiated-format.ts';
import { decideMiss, decideReuse, mayServeOnError, type Reuse } from '../cache/reuse.ts';
import { remainingFreshness } from '../cache/stored-freshness.ts';
import type { StoredResponse } from '../cache/stored-response.ts';
import type { EpochMs } from '../units.ts';
import type { StoringPlan } from './answer-storing.ts';
import { CallerAnswer, type CallerAnswerPolicy } from './caller-answer.ts';
import { duringPause } from './cool-down.ts';
import type { Exchange } from './exchange.ts';
import { remember } from './failure-memory.ts';
import { fetchProblem } from './fetch-problem.ts';
import { BackgroundSink, Flights } from './flights.ts';
import type { Problem } from './problem.ts';
import { type FetchOutcome, ReportFetch, type ReportHead } from './report-fetch.ts';
import type { Route } from './route.ts';
import { answerFromStore } from './stored-answer.ts';
import { canValidate, upstreamHeaders } from './upstream-headers.ts';

/** A judged request for a report. */
export interface ReportRequest {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly below: string;
  readonly query: string;
  readonly rawRequest: readonly string[];
  readonly format: ReportFormat;
  readonly key: string;
  readonly flightKey: string;
  readonly directives: RequestDirectives;
}

export interface ReporterOptions {
  readonly writeTimeoutMs: number;
  readonly now: () => EpochMs;
  readonly onFetched: (outcome: FetchOutcome) => void;
}

const FWD: Readonly<Partial<Record<Reuse, ForwardReason>>> = {
  'revalidate-stale': 'stale',
  'revalidate-request': 'request',
  bypass: 'request',
};

/** Answers report requests: from the store, from a flight under way, or by a new request upstream. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #flights = new Flights();

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  report(request: ReportRequest): void {
    const { exchange, route, directives } = request;
    if (route.caching === undefined) {
      exchange.cache = 'none';
      this.#forward(request, 'bypass', undefined);
      return;
    }
    const stored = route.caching.cache.find(request.key, rawHeaders(request.rawRequest));
    if (stored === undefined) {
      if (decideMiss(directives) === 'gateway-timeout') exchange.refuse(notCached, NOT_CACHED_STATUS);
      else this.#forward(request, directives.noStore ? 'request' : 'uri-miss', undefined);
      return;
    }
    const now = this.#options.now();
    const reuse = decideReuse(stored.freshness, directives, now);
    switch (reuse) {
      case 'fresh':
        exchange.cache = 'hit';
        this.#answer(request, stored, now);
        return;
      case 'stale-while-revalidate':
        exchange.cache = 'stale';
        this.#answer(request, stored, now);
        this.#refresh(request, stored, now);
        return;
      case 'stale-allowed':
        exchange.cache = 'stale';
        this.#answer(request, stored, now);
        return;
      case 'gateway-timeout':
        exchange.refuse(notCached, NOT_CACHED_STATUS);
        return;
      default:
        this.#forward(request, FWD[reuse] ?? 'stale', stored);
    }
  }

  #answer({ exchange, route }: ReportRequest, stored: StoredResponse, now: EpochMs, status?: string): void {
    answerFromStore(exchange, stored, now, route.kind === 'pass-all', status);
  }

  /** Fetches a stored report anew while its stale copy is served, unless that is under way or failed a moment ago. */
  #refresh(request: ReportRequest, stored: StoredResponse, now: EpochMs): void {
    const { route, key, flightKey } = request;
    if (route.coolDowns.active(key, true, now) !== undefined) return;
    if (this.#flights.get(flightKey) !== undefined) return;
    const fetch = this.#open(request, stored, true);
    new BackgroundSink(fetch.flight);
    fetch.send();
  }

  /** @param stored a copy that may be validated, or stand in if the upstream fails */
  #forward(
    request: ReportRequest,
    fwd: ForwardReason,
    stored: StoredResponse | undefined,
    alone = false,
  ): void {
    const { exchange, route, key, flightKey, directives } = request;
    const now = this.#options.now();
    const canStandIn = stored !== undefined && mayServeOnError(stored.freshness, directives, now);
    const pause = route.coolDowns.active(key, canStandIn, now);
    if (pause !== undefined) {
      this.#instead(request, stored, duringPause(pause, now));
      return;
    }
    const shares = route.caching !== undefined && !directives.noStore && !alone;
    const answer = (collapsed: boolean) =>
      new CallerAnswer(exchange, this.#policy(request, { fwd, stored, collapsed }));
    const underWay = shares ? this.#flights.get(flightKey) : undefined;
    if (underWay !== undefined) {
      exchange.cache = 'collapsed';
      if (answer(true).join(underWay)) return;
    }
    if (route.caching !== undefined) exchange.cache = directives.noStore ? 'bypass' : 'miss';
    const fetch = this.#open(request, stored, shares);
    answer(false).join(fetch.flight);
    fetch.send();
  }

  #open(request: ReportRequest, stored: StoredResponse | undefined, shares: boolean): ReportFetch {
    const { exchange, route, below, query, format, flightKey, rawRequest } = request;
    const validating = stored !== undefined && canValidate(stored, route) ? stored : undefined;
    const headers = upstreamHeaders(route, exchange.head, format, validating, rawRequest);
    const fetch = new ReportFetch(
      { route, below, query, headers, storing: storingPlan(request), validating },
      {
        now: this.#options.now,
        onAnswer: (outcome) => {
          remember(outcome, request.key, route.coolDowns, this.#options.now());
          this.#options.onFetched(outcome);
        },
        onOver: ({ flight }) => this.#flights.remove(flightKey, flight),
      },
    );
    if (shares) this.#flights.add(flightKey, fetch.flight);
    return fetch;
  }

  #policy(
    request: ReportRequest,
    how: { fwd: ForwardReason; stored: StoredResponse | undefined; collapsed: boolean },
  ): CallerAnswerPolicy {
    const { exchange, route } = request;
    const { fwd, stored, collapsed } = how;
    const statusOf = (head: ReportHead) =>
      cacheStatus.forwarded({
        fwd,
        ...(head.upstreamStatus === head.status ? {} : { fwdStatus: head.upstreamStatus }),
        ...(head.storedFor === undefined ? {} : { stored: !collapsed, ttl: head.storedFor }),
        ...(collapsed ? { collapsed } : {}),
      });
    return {
      writeTimeoutMs: this.#options.writeTimeoutMs,
      cacheStatus: statusOf,
      divert: (head) => {
        if (head.validated !== undefined) {
          exchange.cache = 'revalidated';
          this.#answer(request, head.validated, this.#options.now(), statusOf(head));
          return true;
        }
        if (collapsed && !head.shareable) {
          this.#forward(request, fwd, stored, true);
          return true;
        }
        return isFailure(head.status) && this.#answerStale(request, stored, `status-${head.status}`);
      },
      nameOf: (error) => fetchProblem(error, route.upstream.origin).name,
      failed: (error) => this.#instead(request, stored, fetchProblem(error, route.upstream.origin)),
    };
  }

  /** Answers without the upstream: with the stale copy if it may stand in, else with the problem. */
  #instead(request: ReportRequest, stored: StoredResponse | undefined, problem: Problem): void {
    if (!this.#answerStale(request, stored, problem.name)) request.exchange.refuse(problem);
  }

  #answerStale(request: ReportRequest, stored: StoredResponse | undefined, detail: string): boolean {
    const now = this.#options.now();
    if (stored === undefined || !mayServeOnError(stored.freshness, request.directives, now)) return false;
    request.exchange.cache = 'stale';
    this.#answer(
      request,
      stored,
      now,
      cacheStatus.staleHit(remainingFreshness(stored.freshness, now), detail),
    );
    return true;
  }
}

const storingPlan = ({ route, key, directives, rawRequest }: ReportRequest): StoringPlan | undefined =>
  route.caching === undefined || directives.noStore
    ? undefined
    : { caching: route.caching, key, directives, request: rawHeaders(rawRequest) };

/** RFC 5861 §4, and Adobe's throttling. */
const isFailure = (status: number): boolean =>
  status === 429 || status === 500 || status === 502 || status === 503 || status === 504;

const notCached: Problem = {
  status: 504,
  name: 'not-cached',
  title: 'The report is not stored',
  detail:
    'The request allows only a stored answer (`Cache-Control: only-if-cached`), and there is none that it may have.',
};

const NOT_CACHED_STATUS = [
  'Cache-Status',
  cacheStatus.forwarded({ fwd: 'request', detail: 'only-if-cached' }),
];
