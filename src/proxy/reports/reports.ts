import type { EpochMs } from '../../base/units.ts';
import { NO_REQUEST_DIRECTIVES } from '../../cache/policy/cache-control.ts';
import { cacheStatus, type ForwardReason, sharedCacheStatus } from '../../cache/policy/cache-status.ts';
import { decideReuse, isServed, mayServeOnError } from '../../cache/policy/reuse.ts';
import { remainingFreshness } from '../../cache/policy/stored-freshness.ts';
import { Allowance } from '../../cache/store/allowance.ts';
import type { ReportCache } from '../../cache/store/report-cache.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import type { CacheOutcome } from '../../http/answered-request.ts';
import type { Answer, ProblemAnswer, ReportHead, StoredAnswer } from '../answer/answer.ts';
import { type Problem, problemOf } from '../answer/problem.ts';
import { duringPause, type FetchOutcome, remember } from './cool-down.ts';
import { fetchProblem } from './fetch-problem.ts';
import type { Question } from './question.ts';
import { takeFromCaller } from './rate-limit.ts';
import { type FetchOwner, ReportFetch } from './report-fetch.ts';

interface Forwarding {
  readonly fwd: ForwardReason;
  /** A copy that may be validated, or stand in if the upstream fails. */
  readonly stored: StoredResponse | undefined;
  readonly collapsed: boolean;
}

/** Fetches that go on although everybody who had asked for them has left. */
const MOST_UNATTENDED = 16;

/** Answers questions: from the store, from a fetch under way, or by a new one. */
export class Reports implements FetchOwner {
  readonly unattended = new Allowance(MOST_UNATTENDED);
  readonly now: () => EpochMs;
  readonly #onFetched: (outcome: FetchOutcome) => void;
  readonly #underWay = new Map<string, ReportFetch>();

  constructor(now: () => EpochMs, onFetched: (outcome: FetchOutcome) => void) {
    this.now = now;
    this.#onFetched = onFetched;
  }

  answer(question: Question): Answer {
    const { route, directives } = question;
    if (route.caching === undefined) return this.#fetched(question, 'bypass', undefined);
    const { cache } = route.caching;
    const stored = cache.find(question.key, question.request);
    if (stored === undefined) {
      // RFC 9111 §5.2.1.7: then nothing is asked upstream.
      if (directives.onlyIfCached) return NOT_CACHED;
      return this.#fetched(question, missReason(question, cache), undefined);
    }
    const now = this.now();
    const reuse = decideReuse(stored.freshness, directives, now);
    if (reuse === 'stale-while-revalidate') this.refresh(question, stored);
    if (isServed(reuse)) return storedAnswer(question, stored, reuse === 'fresh' ? 'hit' : 'stale');
    if (reuse === 'gateway-timeout') return NOT_CACHED;
    return this.#fetched(question, reuse === 'revalidate-stale' ? 'stale' : 'request', stored);
  }

  /** @param alone whether the answer is for nobody else */
  #fetched(
    question: Question,
    fwd: ForwardReason,
    stored: StoredResponse | undefined,
    alone = false,
  ): Answer {
    const { route, key, directives } = question;
    const now = this.now();
    const canStandIn = stored !== undefined && mayServeOnError(stored.freshness, directives, now);
    const pause = route.coolDowns.active(key, canStandIn, now);
    if (pause !== undefined) return this.#instead(question, stored, duringPause(pause, now));
    const shares = route.caching !== undefined && !directives.noStore && !alone;
    const underWay = shares ? this.underWay(question) : undefined;
    // A flight that retains nothing cannot be joined any more.
    const collapsed = underWay?.flight.keptBody !== undefined;
    const refusal = collapsed ? undefined : takeFromCaller(question.caller, now);
    if (refusal !== undefined) return this.#instead(question, stored, refusal);
    const fetch = collapsed ? underWay : this.open(question, stored, shares);
    const how = { fwd, stored, collapsed };
    return {
      kind: 'flight',
      flight: fetch.flight,
      cache: collapsed ? 'collapsed' : outcomeOf(question),
      send: collapsed ? undefined : () => fetch.send(),
      headed: (head) => this.#headed(question, how, head),
      problemOf: (error) => fetchProblem(error, route.upstream.origin),
      instead: (problem) => this.#instead(question, stored, problem),
    };
  }

  underWay({ flightKey }: Question): ReportFetch | undefined {
    return this.#underWay.get(flightKey);
  }

  /** Prepares a request: join its flight, then `send` it. @param shares whether others may join, elsewhere as well */
  open(question: Question, stored: StoredResponse | undefined, shares: boolean): ReportFetch {
    const { route, key, flightKey } = question;
    const entry = shares ? route.caching?.shared?.entry(key) : undefined;
    const fetch = new ReportFetch(question, stored, this, entry);
    if (shares) this.#underWay.set(flightKey, fetch);
    return fetch;
  }

  /** Fetches a stored report anew while its stale copy is served, unless that is under way or failed a moment ago. */
  refresh(question: Question, stored: StoredResponse): void {
    if (question.route.coolDowns.active(question.key, true, this.now()) !== undefined) return;
    if (this.underWay(question) === undefined) this.open(question, stored, true).send();
  }

  answered({ key, route }: Question, outcome: FetchOutcome): void {
    remember(outcome, key, route.coolDowns, this.now());
    this.#onFetched(outcome);
  }

  over({ flightKey }: Question, fetch: ReportFetch): void {
    // A newer one may have taken its place.
    if (this.#underWay.get(flightKey) === fetch) this.#underWay.delete(flightKey);
  }

  #headed(question: Question, how: Forwarding, head: ReportHead): string | Answer {
    const { stored, fwd, collapsed } = how;
    const status = cacheStatusOf(how, head);
    if (head.copy !== undefined) {
      const cache = head.copy.from === 'shared' ? 'shared' : 'revalidated';
      return storedAnswer(question, head.copy.stored, cache, status);
    }
    if (collapsed && !head.shareable) return this.#fetched(question, fwd, stored, true);
    return (isFailure(head.status) && this.#stale(question, stored, `status-${head.status}`)) || status;
  }

  /** Answers without the upstream: with the stale copy if it may stand in, else with the problem. */
  #instead(question: Question, stored: StoredResponse | undefined, problem: Problem): Answer {
    return this.#stale(question, stored, problem.name) ?? { kind: 'problem', problem };
  }

  #stale(question: Question, stored: StoredResponse | undefined, detail: string): StoredAnswer | undefined {
    const now = this.now();
    // Another replica's copy may have come into the store meanwhile.
    const copy = stored ?? question.route.caching?.cache.find(question.key, question.request);
    // Whoever may not have us ask again gets what there is, whatever was wished.
    const directives = detail === 'rate-limited' ? NO_REQUEST_DIRECTIVES : question.directives;
    if (copy === undefined || !mayServeOnError(copy.freshness, directives, now)) return undefined;
    const left = remainingFreshness(copy.freshness, now);
    const status = cacheStatus.hit(left, detail);
    return { ...storedAnswer(question, copy, left > 0 ? 'hit' : 'stale', status), insteadOf: detail };
  }
}

const storedAnswer = (
  { route }: Question,
  stored: StoredResponse,
  cache: CacheOutcome,
  status?: string,
): StoredAnswer => ({ kind: 'stored', stored, caching: route.caching, cache, cacheStatus: status });

const outcomeOf = ({ route, directives }: Question): CacheOutcome => {
  if (route.caching === undefined) return 'none';
  return directives.noStore ? 'bypass' : 'miss';
};

const cacheStatusOf = ({ fwd, collapsed }: Forwarding, head: ReportHead): string => {
  const own = cacheStatus.forwarded({
    fwd,
    ...(head.copy?.from === 'validation' ? { fwdStatus: 304 } : {}),
    ...(head.storedFor === undefined ? {} : { stored: !collapsed, ttl: head.storedFor }),
    ...(collapsed ? { collapsed } : {}),
  });
  return head.copy?.from === 'shared' && head.storedFor !== undefined
    ? `${sharedCacheStatus.hit(head.storedFor)}, ${own}`
    : own;
};

const missReason = ({ key, directives }: Question, cache: ReportCache): ForwardReason => {
  if (directives.noStore) return 'request';
  return cache.hasVariants(key) ? 'vary-miss' : 'uri-miss';
};

/** RFC 5861 §4, and Adobe's throttling. */
const isFailure = (status: number): boolean =>
  status === 429 || status === 500 || status === 502 || status === 503 || status === 504;

const NOT_CACHED: ProblemAnswer = {
  kind: 'problem',
  problem: problemOf(
    'not-cached',
    'The request allows only a stored answer (`Cache-Control: only-if-cached`), and there is none that it may have.',
    { cacheStatus: cacheStatus.forwarded({ fwd: 'request', detail: 'only-if-cached' }) },
  ),
};
