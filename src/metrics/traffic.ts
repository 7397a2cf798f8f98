import type { AnsweredRequest, CacheOutcome } from '../proxy/answer/exchange.ts';
import type { FetchOutcome } from '../proxy/reports/report-fetch.ts';
import { addTo, BucketCounts, type BucketTotals } from './bucket-counts.ts';

/** Values of the label `status`. A caller that left (499) is nobody's error, so it is not one of `4xx`. */
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '499'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** Values of the label `outcome` of upstream requests: the status class, or `error` if no answer came. */
export const UPSTREAM_OUTCOMES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'error'] as const;
export type UpstreamOutcome = (typeof UPSTREAM_OUTCOMES)[number];

/** Values of the label `cache`; `Cache-Status` (RFC 9211) in the answers says what each means. */
export const CACHE_OUTCOMES = [
  'hit',
  'stale',
  'collapsed',
  'miss',
  'revalidated',
  'shared',
  'bypass',
  'none',
] as const satisfies readonly CacheOutcome[];

/** Seconds. A hit takes some ten microseconds, a report most of a second, the longest a minute. */
export const REQUEST_BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
const UPSTREAM_BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const CACHE_INDEX: Readonly<Record<CacheOutcome, number>> = {
  hit: 0,
  stale: 1,
  collapsed: 2,
  miss: 3,
  revalidated: 4,
  shared: 5,
  bypass: 6,
  none: 7,
};

const LAST = STATUS_CLASSES.length - 1;
const statusIndex = (status: number): number =>
  status === 499 ? LAST : Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1;

/** What one route has done, as plain values that another process can take. */
export interface RouteCounts {
  readonly answered: Float64Array;
  readonly fetched: Float64Array;
  readonly durations: readonly BucketTotals[];
  readonly upstreamDurations: BucketTotals;
  readonly bytes: number;
}

/** The same of all routes. */
export interface TrafficCounts {
  readonly answered: number;
  readonly routes: ReadonlyMap<string, RouteCounts>;
  readonly problems: ReadonlyMap<string, number>;
  readonly standIns: ReadonlyMap<string, number>;
}

/** Counts since the start, over all routes. */
export interface Totals {
  readonly requests: number;
  readonly byCache: Readonly<Record<CacheOutcome, number>>;
  /** Answers with a status of 5xx. */
  readonly serverErrors: number;
  readonly upstreamRequests: number;
  /** Upstream requests that got no answer, or one with a status of 5xx. */
  readonly upstreamErrors: number;
  readonly bytes: number;
  /** Requests by duration: how many took at most each bound, and at the end all. */
  readonly durations: readonly number[];
}

/** What one route has done since the start. */
export class RouteTraffic {
  /** `status` by `cache`. */
  #answered = new Float64Array(STATUS_CLASSES.length * CACHE_OUTCOMES.length);
  #fetched = new Float64Array(UPSTREAM_OUTCOMES.length);
  readonly durations: readonly BucketCounts[] = CACHE_OUTCOMES.map(() => new BucketCounts(REQUEST_BOUNDS));
  readonly upstreamDurations = new BucketCounts(UPSTREAM_BOUNDS);
  bytes = 0;

  answered(answered: AnsweredRequest): void {
    const cache = CACHE_INDEX[answered.cache];
    const cell = statusIndex(answered.status) * CACHE_OUTCOMES.length + cache;
    this.#answered[cell] = (this.#answered[cell] ?? 0) + 1;
    this.durations[cache]?.observe(answered.durationMs / 1000);
    this.bytes += answered.bytes;
  }

  fetched(outcome: FetchOutcome): void {
    const cell = outcome.status === undefined ? UPSTREAM_OUTCOMES.length - 1 : statusIndex(outcome.status);
    this.#fetched[cell] = (this.#fetched[cell] ?? 0) + 1;
    this.upstreamDurations.observe(outcome.duration / 1000);
  }

  take(): RouteCounts {
    const [answered, fetched, bytes] = [this.#answered, this.#fetched, this.bytes];
    this.#answered = new Float64Array(answered.length);
    this.#fetched = new Float64Array(fetched.length);
    this.bytes = 0;
    const durations = this.durations.map((counts) => counts.take());
    return { answered, fetched, durations, upstreamDurations: this.upstreamDurations.take(), bytes };
  }

  add({ answered, fetched, durations, upstreamDurations, bytes }: RouteCounts): void {
    addTo(this.#answered, answered);
    addTo(this.#fetched, fetched);
    for (const [index, counts] of durations.entries()) this.durations[index]?.add(counts);
    this.upstreamDurations.add(upstreamDurations);
    this.bytes += bytes;
  }

  *requests(): Generator<{ status: StatusClass; cache: CacheOutcome; count: number }> {
    for (const [row, status] of STATUS_CLASSES.entries()) {
      for (const [column, cache] of CACHE_OUTCOMES.entries()) {
        const count = this.#answered[row * CACHE_OUTCOMES.length + column] ?? 0;
        if (count > 0) yield { status, cache, count };
      }
    }
  }

  *upstreamRequests(): Generator<{ outcome: UpstreamOutcome; count: number }> {
    for (const [index, outcome] of UPSTREAM_OUTCOMES.entries()) {
      const count = this.#fetched[index] ?? 0;
      if (count > 0) yield { outcome, count };
    }
  }
}

/**
 * Counts what the gateway reports. Plain numbers in arrays, one for every combination of labels that there can be: the
 * hot path answers some 50,000 requests a second on a core, so recording may cost no allocation and far less than a
 * microsecond (bench/micro). The labels are bounded: routes come from the configuration, never from a path.
 */
export class Traffic {
  readonly routes = new Map<string, RouteTraffic>();
  /** Answers of the proxy's own, by the name of the problem. */
  readonly problems = new Map<string, number>();
  /** Stored copies that were served in the place of an answer from upstream, by what they stood in for. */
  readonly standIns = new Map<string, number>();
  #answered = 0;

  /** For `GatewayOptions.onAnswered`. */
  answered(answered: AnsweredRequest): void {
    this.#answered++;
    this.#route(answered.route).answered(answered);
    const { problem, insteadOf } = answered;
    if (problem !== undefined) count(this.problems, problem, 1);
    if (insteadOf !== undefined) count(this.standIns, insteadOf, 1);
  }

  /** For `GatewayOptions.onFetched`. */
  fetched(outcome: FetchOutcome): void {
    this.#route(outcome.plan.route.id).fetched(outcome);
  }

  /** What was counted since the last call, to be {@link add}ed elsewhere. From here on it counts from nothing. */
  take(): TrafficCounts {
    const routes = new Map(Array.from(this.routes, ([id, route]) => [id, route.take()]));
    const [problems, standIns] = [new Map(this.problems), new Map(this.standIns)];
    const taken = { answered: this.#answered, routes, problems, standIns };
    this.#answered = 0;
    this.problems.clear();
    this.standIns.clear();
    return taken;
  }

  /** Adds what another process has counted. */
  add({ answered, routes, problems, standIns }: TrafficCounts): void {
    this.#answered += answered;
    for (const [id, counts] of routes) this.#route(id).add(counts);
    for (const [name, times] of problems) count(this.problems, name, times);
    for (const [name, times] of standIns) count(this.standIns, name, times);
  }

  /** Requests whose answer is over, on every route. */
  get answeredCount(): number {
    return this.#answered;
  }

  /** How many answers, on every route, had this outcome. */
  withOutcome(cache: CacheOutcome): number {
    let total = 0;
    for (const route of this.routes.values()) total += route.durations[CACHE_INDEX[cache]]?.count ?? 0;
    return total;
  }

  /** All of it added up, for the console. */
  totals(): Totals {
    const byCache = {
      hit: 0,
      stale: 0,
      collapsed: 0,
      miss: 0,
      revalidated: 0,
      shared: 0,
      bypass: 0,
      none: 0,
    };
    const durations = new Array<number>(REQUEST_BOUNDS.length + 1).fill(0);
    let [serverErrors, upstreamRequests, upstreamErrors, bytes] = [0, 0, 0, 0];
    for (const route of this.routes.values()) {
      bytes += route.bytes;
      for (const { status, cache, count } of route.requests()) {
        byCache[cache] += count;
        if (status === '5xx') serverErrors += count;
      }
      for (const { outcome, count } of route.upstreamRequests()) {
        upstreamRequests += count;
        if (outcome === '5xx' || outcome === 'error') upstreamErrors += count;
      }
      for (const counts of route.durations) {
        for (const [index, count] of counts.cumulative().entries()) {
          durations[index] = (durations[index] ?? 0) + count;
        }
      }
    }
    const requests = this.#answered;
    return { requests, byCache, serverErrors, upstreamRequests, upstreamErrors, bytes, durations };
  }

  #route(id: string): RouteTraffic {
    let route = this.routes.get(id);
    if (route === undefined) {
      route = new RouteTraffic();
      this.routes.set(id, route);
    }
    return route;
  }
}

const count = (counts: Map<string, number>, name: string, times: number): void => {
  counts.set(name, (counts.get(name) ?? 0) + times);
};
