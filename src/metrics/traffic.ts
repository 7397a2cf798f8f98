import { type AnsweredRequest, CACHE_OUTCOMES } from '../http/answered-request.ts';
import { addHistograms, count, cumulative, type Histograms, observe, sumOf, total } from './counts.ts';

/** Values of the label `status`. A caller that left (499) is nobody's error, so it is not one of `4xx`. */
const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '499'] as const;
/** Values of the label `outcome` of upstream requests: the status class, or `error` if no answer came. */
const UPSTREAM_OUTCOMES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'error'] as const;
const LAST = STATUS_CLASSES.length - 1;

/** Seconds. A hit takes some ten microseconds, a report most of a second, the longest a minute. */
export const REQUEST_BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
export const UPSTREAM_BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const statusIndex = (status: number): number =>
  status === 499 ? LAST : Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1;

interface Fetched {
  readonly route: { readonly id: string };
  readonly status: number | undefined;
  /** In milliseconds. */
  readonly duration: number;
}

export interface RouteCounts {
  /** By status class and cache outcome. */
  readonly requests: Histograms;
  /** By outcome. */
  readonly upstream: Histograms;
  bytes: number;
}

/** What was counted, as one process tells it to another. */
export type TrafficCounts = ReturnType<typeof nothing>;

/** Counts since the start, over all routes. */
export type Totals = ReturnType<Traffic['totals']>;

/**
 * Counts what the gateway reports. The hot path answers some 50,000 requests a second on a core, so recording may cost
 * no allocation and far less than a microsecond (bench/micro). The labels are bounded: routes come from the
 * configuration, never from a path.
 */
export class Traffic {
  #counts = nothing();

  answered({ route, status, cache, durationMs, bytes, problem, insteadOf }: AnsweredRequest): void {
    this.#counts.answered++;
    const counts = this.#route(route);
    const number = statusIndex(status) * CACHE_OUTCOMES.length + CACHE_OUTCOMES.indexOf(cache);
    observe(counts.requests, number, durationMs / 1000, REQUEST_BOUNDS);
    counts.bytes += bytes;
    if (problem !== undefined) count(this.#counts.problems, problem);
    if (insteadOf !== undefined) count(this.#counts.standIns, insteadOf);
  }

  fetched({ route, status, duration }: Fetched): void {
    const number = status === undefined ? LAST : statusIndex(status);
    observe(this.#route(route.id).upstream, number, duration / 1000, UPSTREAM_BOUNDS);
  }

  looked(outcome: string): void {
    count(this.#counts.looks, outcome);
  }

  saved(outcome: string): void {
    count(this.#counts.saves, outcome);
  }

  get counts(): Readonly<TrafficCounts> {
    return this.#counts;
  }

  /** What was counted since the last call, to be {@link add}ed elsewhere. From here on it counts from nothing. */
  take(): TrafficCounts {
    const taken = this.#counts;
    this.#counts = nothing();
    return taken;
  }

  add(more: TrafficCounts): void {
    this.#counts.answered += more.answered;
    for (const [id, { requests, upstream, bytes }] of more.routes) {
      const route = this.#route(id);
      addHistograms(route.requests, requests);
      addHistograms(route.upstream, upstream);
      route.bytes += bytes;
    }
    for (const counted of ['problems', 'standIns', 'looks', 'saves'] as const) {
      for (const [name, times] of more[counted]) count(this.#counts[counted], name, times);
    }
  }

  totals() {
    const routes = [...this.#counts.routes.values()];
    const requests = routes.flatMap(requestsOf);
    const upstream = routes.flatMap(upstreamRequestsOf);
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
    for (const { cache, count } of requests) byCache[cache] += count;
    const durations = requests.map(({ buckets }) => buckets);
    return {
      requests: this.#counts.answered,
      byCache,
      serverErrors: sum(requests.filter(({ status }) => status === '5xx')),
      upstreamRequests: sum(upstream),
      /** Upstream requests that got no answer, or one with a status of 5xx. */
      upstreamErrors: sum(upstream.filter(({ outcome }) => outcome === '5xx' || outcome === 'error')),
      bytes: routes.reduce((sum, { bytes }) => sum + bytes, 0),
      /** Requests by duration: how many took at most each bound, and at the end all. */
      durations: cumulative(sumOf(durations, REQUEST_BOUNDS)),
    };
  }

  #route(id: string): RouteCounts {
    let route = this.#counts.routes.get(id);
    if (route === undefined) {
      route = { requests: new Map(), upstream: new Map(), bytes: 0 };
      this.#counts.routes.set(id, route);
    }
    return route;
  }
}

const nothing = () => ({
  answered: 0,
  routes: new Map<string, RouteCounts>(),
  /** Answers of the proxy's own, by the name of the problem. */
  problems: new Map<string, number>(),
  /** Stored copies that were served in the place of an answer from upstream, by what they stood in for. */
  standIns: new Map<string, number>(),
  /** Looks into the reports that replicas share, by what they came to. */
  looks: new Map<string, number>(),
  /** Reports that were fetched and might be shared, by what became of that. */
  saves: new Map<string, number>(),
});

export const requestsOf = ({ requests }: RouteCounts) =>
  STATUS_CLASSES.flatMap((status, index) =>
    CACHE_OUTCOMES.flatMap((cache, outcome) => {
      const buckets = requests.get(index * CACHE_OUTCOMES.length + outcome);
      return buckets === undefined ? [] : [{ status, cache, buckets, count: total(buckets) }];
    }),
  );

export const upstreamRequestsOf = ({ upstream }: RouteCounts) =>
  UPSTREAM_OUTCOMES.flatMap((outcome, index) => {
    const buckets = upstream.get(index);
    return buckets === undefined ? [] : [{ outcome, buckets, count: total(buckets) }];
  });

const sum = (counted: readonly { readonly count: number }[]): number =>
  counted.reduce((sum, { count }) => sum + count, 0);
