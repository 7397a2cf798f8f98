import { type AnsweredRequest, CACHE_OUTCOMES, type CacheOutcome } from '../http/answered-request.ts';
import { type Buckets, Counts, cumulative, Histograms } from './counts.ts';

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

/** The number of a request's histogram. */
const requestNumber = (status: number, cache: CacheOutcome): number =>
  status * CACHE_OUTCOMES.length + CACHE_OUTCOMES.indexOf(cache);

/** A request upstream that was answered, or will not be. */
interface Fetched {
  readonly route: { readonly id: string };
  readonly status: number | undefined;
  /** In milliseconds. */
  readonly duration: number;
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
  /** By status class and cache outcome. */
  readonly #requests = new Histograms(REQUEST_BOUNDS);
  /** By outcome. */
  readonly #upstream = new Histograms(UPSTREAM_BOUNDS);
  #bytes = 0;

  answered({ status, cache, durationMs, bytes }: AnsweredRequest): void {
    this.#requests.observe(requestNumber(statusIndex(status), cache), durationMs / 1000);
    this.#bytes += bytes;
  }

  fetched({ status, duration }: Fetched): void {
    this.#upstream.observe(status === undefined ? LAST : statusIndex(status), duration / 1000);
  }

  take() {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return { requests: this.#requests.take(), upstream: this.#upstream.take(), bytes };
  }

  add({ requests, upstream, bytes }: ReturnType<RouteTraffic['take']>): void {
    this.#requests.add(requests);
    this.#upstream.add(upstream);
    this.#bytes += bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  *requests() {
    for (const [index, status] of STATUS_CLASSES.entries()) {
      for (const cache of CACHE_OUTCOMES) {
        const count = this.#requests.count(requestNumber(index, cache));
        if (count > 0) yield { status, cache, count };
      }
    }
  }

  durations(cache: CacheOutcome): Buckets {
    return this.#requests.sumOf(STATUS_CLASSES.map((_, index) => requestNumber(index, cache)));
  }

  *upstreamRequests() {
    for (const [index, outcome] of UPSTREAM_OUTCOMES.entries()) {
      const count = this.#upstream.count(index);
      if (count > 0) yield { outcome, count };
    }
  }

  get upstreamDurations(): Buckets {
    return this.#upstream.sumOf(UPSTREAM_OUTCOMES.keys());
  }
}

/** What a process tells another one of its traffic. */
export type TrafficCounts = ReturnType<Traffic['take']>;

/**
 * Counts what the gateway reports. The hot path answers some 50,000 requests a second on a core, so recording may cost
 * no allocation and far less than a microsecond (bench/micro). The labels are bounded: routes come from the
 * configuration, never from a path.
 */
export class Traffic {
  readonly routes = new Map<string, RouteTraffic>();
  /** Answers of the proxy's own, by the name of the problem. */
  readonly problems = new Counts();
  /** Stored copies that were served in the place of an answer from upstream, by what they stood in for. */
  readonly standIns = new Counts();
  /** Looks into the reports that replicas share, by what they came to. */
  readonly looks = new Counts();
  /** Reports that were fetched and might be shared, by what became of that. */
  readonly saves = new Counts();
  #answered = 0;

  /** For `GatewayOptions.onAnswered`. */
  answered(answered: AnsweredRequest): void {
    this.#answered++;
    this.#route(answered.route).answered(answered);
    const { problem, insteadOf } = answered;
    if (problem !== undefined) this.problems.count(problem);
    if (insteadOf !== undefined) this.standIns.count(insteadOf);
  }

  /** For `GatewayOptions.onFetched`. */
  fetched(fetched: Fetched): void {
    this.#route(fetched.route.id).fetched(fetched);
  }

  /** What was counted since the last call, to be {@link add}ed elsewhere. From here on it counts from nothing. */
  take() {
    const answered = this.#answered;
    this.#answered = 0;
    return {
      answered,
      routes: new Map(Array.from(this.routes, ([id, route]) => [id, route.take()])),
      problems: this.problems.take(),
      standIns: this.standIns.take(),
      looks: this.looks.take(),
      saves: this.saves.take(),
    };
  }

  /** Adds what another process has counted. */
  add({ answered, routes, problems, standIns, looks, saves }: TrafficCounts): void {
    this.#answered += answered;
    for (const [id, counts] of routes) this.#route(id).add(counts);
    this.problems.add(problems);
    this.standIns.add(standIns);
    this.looks.add(looks);
    this.saves.add(saves);
  }

  /** Requests whose answer is over, on every route. */
  get answeredCount(): number {
    return this.#answered;
  }

  /** All of it added up, for the console. */
  totals() {
    const byCache = {
      hit: 0,
      stale: 0,
      collapsed: 0,
      miss: 0,
      revalidated: 0,
      shared: 0,
      bypass: 0,
      none: 0,
    } satisfies Record<CacheOutcome, number>;
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
      for (const cache of CACHE_OUTCOMES) {
        for (const [index, count] of cumulative(route.durations(cache)).entries()) {
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
