import { LRUCache } from 'lru-cache';
import { after, type EpochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { HeaderLookup } from '../../http/fields.ts';
import { pauseAskedFor } from '../../http/retry-after.ts';
import { type Problem, problemOf } from '../answer/problem.ts';
import { fetchProblem } from './fetch-problem.ts';

/** How a fetch went, for cool-downs, metrics and logs. */
export interface FetchOutcome {
  readonly route: {
    readonly id: string;
    readonly upstream: { readonly origin: string };
    readonly caching: { readonly policy: 'schedule' | 'http' } | undefined;
  };
  readonly status: number | undefined;
  readonly headers: HeaderLookup;
  readonly error: Error | undefined;
  readonly duration: Milliseconds;
}

export interface CoolDown {
  readonly until: EpochMs;
  /** What callers are told who would have caused that request. */
  readonly problem: Problem;
  /** Holds only for callers who can be served a stale copy; others may try. */
  readonly refreshOnly?: boolean;
}

/** Reports whose last fetch failed, remembered one by one. */
const MAX_REMEMBERED_FAILURES = 1024;

/** The pause after an origin could not be reached in time; it doubles up to the longest while that goes on. */
const FIRST_ORIGIN_PAUSE = 1_000;
const LONGEST_ORIGIN_PAUSE = 16_000;

/**
 * What a route remembers of failures, so that nobody waits for the same time-out twice and a throttled API is left
 * alone: one pause for the whole route (429, origin not reachable in time), and one per report.
 */
export class CoolDowns {
  #route: CoolDown | undefined;
  #unreachable: CoolDown | undefined;
  #unreachableAt: EpochMs | undefined;
  #reachedAt: EpochMs | undefined;
  #originPause = FIRST_ORIGIN_PAUSE;
  readonly #reports = new LRUCache<string, CoolDown>({ max: MAX_REMEMBERED_FAILURES });

  /** What forbids a request for this report now. @param hasCopy whether a stale copy can be served instead */
  active(key: string, hasCopy: boolean, now: EpochMs): CoolDown | undefined {
    if (this.#route !== undefined) {
      if (this.#route.until > now) return this.#route;
      this.#route = undefined;
    }
    if (this.#unreachable !== undefined && this.#unreachable.until > now) return this.#unreachable;
    // The map is empty on nearly every request.
    if (this.#reports.size === 0) return undefined;
    const report = this.#reports.get(key);
    if (report === undefined || report.until <= now) return undefined;
    return report.refreshOnly === true && !hasCopy ? undefined : report;
  }

  /** No request of this route until then. A shorter pause never replaces a longer one. */
  pauseRoute(until: EpochMs, problem: Problem): void {
    if (this.#route === undefined || this.#route.until < until) this.#route = { until, problem };
  }

  /**
   * A pause that doubles each time in a row. What began before the last one was known is one with it, and what began
   * before the origin answered others says little: a new connection timed out, and kept ones work.
   */
  pauseUnreachable(now: EpochMs, begunAt: EpochMs, problem: Problem): void {
    if (isBefore(begunAt, this.#unreachableAt) || isBefore(begunAt, this.#reachedAt)) return;
    this.#unreachableAt = now;
    this.#unreachable = { until: after(now, milliseconds(this.#originPause)), problem };
    this.#originPause = Math.min(2 * this.#originPause, LONGEST_ORIGIN_PAUSE);
  }

  reached(now: EpochMs): void {
    this.#reachedAt = now;
    this.#unreachable = undefined;
    this.#originPause = FIRST_ORIGIN_PAUSE;
  }

  pauseReport(key: string, pause: CoolDown): void {
    this.#reports.set(key, pause);
  }

  recovered(key: string): void {
    if (this.#reports.size > 0) this.#reports.delete(key);
  }
}

const isBefore = (at: EpochMs, other: EpochMs | undefined): boolean => other !== undefined && at < other;

export const duringPause = (coolDown: CoolDown, now: EpochMs): Problem => ({
  ...coolDown.problem,
  retryAfterSeconds: Math.max(1, Math.ceil((coolDown.until - now) / 1000)),
});

/** Bounds of a pause that an answer asks for: Adobe wants a second at least, and no wild value takes a route away. */
const LEAST_PAUSE = milliseconds(1_000);
const LONGEST_PAUSE = milliseconds(300_000);

/** Of a report that failed, while a stale copy can be served; of one that timed out, for anybody. */
const FAILURE_PAUSE = milliseconds(5_000);

/** They cost the caller a whole time-out without reaching the origin: that says something about every report. */
const UNREACHED = new Set(['connection_timeout', 'dns_timeout']);

/**
 * A 429 pauses the route, a 503 the report, each as long as the answer says (docs/adobe.md §5, §6); a time-out pauses
 * what timed out; any other failure only keeps stale copies from being refreshed at the rate of their hits.
 */
export const remember = (outcome: FetchOutcome, key: string, coolDowns: CoolDowns, now: EpochMs): void => {
  const { status, error, route } = outcome;
  const { origin } = route.upstream;
  if (status !== undefined) coolDowns.reached(now);
  if (error !== undefined) {
    const problem = fetchProblem(error, origin);
    if (problem.name === 'no-token') return;
    if (UNREACHED.has(problem.proxyError ?? '')) {
      coolDowns.pauseUnreachable(now, after(now, milliseconds(-outcome.duration)), problem);
    }
    const refreshOnly = problem.name !== 'upstream-timeout';
    coolDowns.pauseReport(key, { until: after(now, FAILURE_PAUSE), problem, refreshOnly });
  } else if (status === 429) {
    coolDowns.pauseRoute(endOfPause(outcome, status, now), throttled(origin));
  } else if (status === 503) {
    const until = endOfPause(outcome, status, now);
    // An origin that is taken at its word, and says nothing, may be asked again at once.
    const refreshOnly = route.caching?.policy === 'http' && outcome.headers('retry-after') === undefined;
    coolDowns.pauseReport(key, { until, problem: unavailable(origin), refreshOnly });
  } else if (status !== undefined && status >= 500) {
    const until = after(now, FAILURE_PAUSE);
    coolDowns.pauseReport(key, { until, problem: unavailable(origin), refreshOnly: true });
  } else {
    coolDowns.recovered(key);
  }
};

const endOfPause = ({ headers }: FetchOutcome, status: number, now: EpochMs): EpochMs => {
  const asked = pauseAskedFor(status, headers, now) ?? 0;
  return after(now, milliseconds(Math.min(Math.max(asked, LEAST_PAUSE), LONGEST_PAUSE)));
};

const throttled = (origin: string): Problem =>
  problemOf(
    'upstream-throttled',
    `${origin} answered 429 a moment ago. No request is sent there until the pause is over, so that it does not get longer; repeat this one then.`,
  );

const unavailable = (origin: string): Problem =>
  problemOf(
    'upstream-unavailable',
    `${origin} failed on this report a moment ago and is left alone for now. Repeat the request after the pause.`,
  );
