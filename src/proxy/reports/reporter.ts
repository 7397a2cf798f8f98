import type { EpochMs } from '../../base/units.ts';
import { cacheStatus, type ForwardReason, sharedCacheStatus } from '../../cache/policy/cache-status.ts';
import { decideMiss, decideReuse, mayServeOnError, type Reuse } from '../../cache/policy/reuse.ts';
import { remainingFreshness } from '../../cache/policy/stored-freshness.ts';
import type { ReportCache } from '../../cache/store/report-cache.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import { CallerAnswer, type CallerAnswerPolicy } from '../answer/caller-answer.ts';
import type { Exchange } from '../answer/exchange.ts';
import type { Problem } from '../answer/problem.ts';
import { answerFromStore } from '../answer/stored-answer.ts';
import type { Route } from '../gate/route.ts';
import { duringPause } from './cool-down.ts';
import { fetchProblem } from './fetch-problem.ts';
import type { ReportFetches } from './report-fetches.ts';
import type { ReportHead } from './report-head.ts';
import type { ReportQuestion } from './report-question.ts';

export interface ReporterOptions {
  readonly writeTimeoutMs: number;
  readonly now: () => EpochMs;
}

const FWD: Readonly<Partial<Record<Reuse, ForwardReason>>> = {
  'revalidate-stale': 'stale',
  'revalidate-request': 'request',
  bypass: 'request',
};

/** Answers report requests: from the store, from a flight under way, or by a new request upstream. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #fetches: ReportFetches;

  constructor(options: ReporterOptions, fetches: ReportFetches) {
    this.#options = options;
    this.#fetches = fetches;
  }

  report(exchange: Exchange, question: ReportQuestion): void {
    const { route, directives } = question;
    if (route.caching === undefined) {
      exchange.cache = 'none';
      this.#forward(exchange, question, 'bypass', undefined);
      return;
    }
    const stored = route.caching.cache.find(question.key, rawHeaders(question.rawRequest));
    if (stored === undefined) {
      if (decideMiss(directives) === 'gateway-timeout') exchange.refuse(notCached, NOT_CACHED_STATUS);
      else this.#forward(exchange, question, missReason(question, route.caching.cache), undefined);
      return;
    }
    const now = this.#options.now();
    const reuse = decideReuse(stored.freshness, directives, now);
    switch (reuse) {
      case 'fresh':
        exchange.cache = 'hit';
        this.#answer(exchange, route, stored, now);
        return;
      case 'stale-while-revalidate':
        exchange.cache = 'stale';
        this.#answer(exchange, route, stored, now);
        this.#fetches.refresh(question, stored, now);
        return;
      case 'stale-allowed':
        exchange.cache = 'stale';
        this.#answer(exchange, route, stored, now);
        return;
      case 'gateway-timeout':
        exchange.refuse(notCached, NOT_CACHED_STATUS);
        return;
      default:
        this.#forward(exchange, question, FWD[reuse] ?? 'stale', stored);
    }
  }

  #answer(exchange: Exchange, route: Route, stored: StoredResponse, now: EpochMs, status?: string): void {
    answerFromStore(exchange, route, stored, now, status);
  }

  /** @param stored a copy that may be validated, or stand in if the upstream fails */
  #forward(
    exchange: Exchange,
    question: ReportQuestion,
    fwd: ForwardReason,
    stored: StoredResponse | undefined,
    alone = false,
  ): void {
    const { route, key, directives } = question;
    const now = this.#options.now();
    const canStandIn = stored !== undefined && mayServeOnError(stored.freshness, directives, now);
    const pause = route.coolDowns.active(key, canStandIn, now);
    if (pause !== undefined) {
      this.#instead(exchange, question, stored, duringPause(pause, now));
      return;
    }
    const shares = route.caching !== undefined && !directives.noStore && !alone;
    const answer = (collapsed: boolean) =>
      new CallerAnswer(exchange, this.#policy(exchange, question, { fwd, stored, collapsed }));
    const underWay = shares ? this.#fetches.underWay(question) : undefined;
    if (underWay !== undefined) {
      exchange.cache = 'collapsed';
      if (answer(true).join(underWay)) return;
    }
    if (route.caching !== undefined) exchange.cache = directives.noStore ? 'bypass' : 'miss';
    const fetch = this.#fetches.open(question, stored, shares);
    answer(false).join(fetch.flight);
    fetch.send();
  }

  #policy(
    exchange: Exchange,
    question: ReportQuestion,
    how: { fwd: ForwardReason; stored: StoredResponse | undefined; collapsed: boolean },
  ): CallerAnswerPolicy {
    const { route } = question;
    const { fwd, stored, collapsed } = how;
    const statusOf = (head: ReportHead) => {
      const own = cacheStatus.forwarded({
        fwd,
        ...(head.upstreamStatus === head.status ? {} : { fwdStatus: head.upstreamStatus }),
        ...(head.storedFor === undefined ? {} : { stored: !collapsed, ttl: head.storedFor }),
        ...(collapsed ? { collapsed } : {}),
      });
      return head.copy?.from === 'shared' && head.storedFor !== undefined
        ? `${sharedCacheStatus.hit(head.storedFor)}, ${own}`
        : own;
    };
    return {
      writeTimeoutMs: this.#options.writeTimeoutMs,
      cacheStatus: statusOf,
      divert: (head) => {
        if (head.copy !== undefined) {
          exchange.cache = head.copy.from === 'shared' ? 'shared' : 'revalidated';
          this.#answer(exchange, route, head.copy.stored, this.#options.now(), statusOf(head));
          return true;
        }
        if (collapsed && !head.shareable) {
          this.#forward(exchange, question, fwd, stored, true);
          return true;
        }
        return (
          isFailure(head.status) && this.#answerStale(exchange, question, stored, `status-${head.status}`)
        );
      },
      nameOf: (error) => fetchProblem(error, route.upstream.origin).name,
      failed: (error) =>
        this.#instead(exchange, question, stored, fetchProblem(error, route.upstream.origin)),
    };
  }

  /** Answers without the upstream: with the stale copy if it may stand in, else with the problem. */
  #instead(
    exchange: Exchange,
    question: ReportQuestion,
    stored: StoredResponse | undefined,
    problem: Problem,
  ): void {
    if (!this.#answerStale(exchange, question, stored, problem.name)) exchange.refuse(problem);
  }

  #answerStale(
    exchange: Exchange,
    question: ReportQuestion,
    stored: StoredResponse | undefined,
    detail: string,
  ): boolean {
    const now = this.#options.now();
    const { route, key, rawRequest, directives } = question;
    // Another replica's copy may have come into the store meanwhile.
    const copy = stored ?? route.caching?.cache.find(key, rawHeaders(rawRequest));
    if (copy === undefined || !mayServeOnError(copy.freshness, directives, now)) return false;
    exchange.cache = 'stale';
    const status = cacheStatus.staleHit(remainingFreshness(copy.freshness, now), detail);
    this.#answer(exchange, route, copy, now, status);
    return true;
  }
}

const missReason = ({ key, directives }: ReportQuestion, cache: ReportCache): ForwardReason => {
  if (directives.noStore) return 'request';
  return cache.hasVariants(key) ? 'vary-miss' : 'uri-miss';
};

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
