import { collectDefaultMetrics, Registry } from 'prom-client';
import { LOOK_OUTCOMES, SAVE_OUTCOMES } from '../cache/shared/shared-reports.ts';
import type { ReportCacheContents } from '../cache/store/report-cache.ts';
import type { CacheOutcome } from '../http/answered-request.ts';
import { Instruments, type Sample } from '../metrics/instruments.ts';
import { REQUEST_BOUNDS, type RouteTraffic, type Traffic, UPSTREAM_BOUNDS } from '../metrics/traffic.ts';
import { defineTokenMetrics } from './credential-metrics.ts';
import type { ProxyProcess } from './proxy-process.ts';
import { readinessNow } from './readiness.ts';

export interface Metrics {
  readonly contentType: string;
  /** Everything, in Prometheus' text format; names, units and suffixes are those of OpenMetrics. */
  text(): Promise<string>;
}

/**
 * The metrics of one proxy, in a registry of its own. Every label has a bounded set of values: routes and clients come
 * from the configuration, everything else from types of ours. A path never becomes a label.
 *
 * Besides, the registry has prom-client's metrics of the process: `process_*` (CPU, memory, file descriptors, start
 * time) and `nodejs_*` (heap, garbage collection, `nodejs_eventloop_lag_p99_seconds` and its siblings: event-loop delay
 * since the last scrape).
 */
export const createMetrics = (proxy: ProxyProcess): Metrics => {
  const { telemetry } = proxy;
  const registry = new Registry();
  const instruments = new Instruments(registry);
  defineProcessMetrics(instruments, proxy);
  defineRequestMetrics(instruments, proxy);
  defineUpstreamMetrics(instruments, telemetry.traffic);
  defineTokenMetrics(instruments, () => proxy.clients, proxy.effects.now);
  telemetry.reloads.defineIn(instruments);
  defineCacheMetrics(instruments, proxy);
  defineSharedMetrics(instruments, telemetry.traffic);
  collectDefaultMetrics({ register: registry });
  const all = Registry.merge([registry, telemetry.dcr.registry]);
  return { contentType: all.contentType, text: () => all.metrics() };
};

const defineProcessMetrics = (instruments: Instruments, proxy: ProxyProcess): void => {
  const { gauge, counter } = withoutLabels(instruments);
  const build = { version: proxy.version, node: process.version };
  instruments.gauge('cmu_proxy_build_info', 'Always 1; tells what runs.', ['version', 'node'], () => [
    [build, 1],
  ]);
  gauge('cmu_proxy_ready', '1 while the proxy is ready for requests, as /readyz tells.', () =>
    readinessNow(proxy).ready ? 1 : 0,
  );
  counter(
    'cmu_proxy_log_lines_dropped_total',
    'Lines of the log that were dropped because their reader stalled.',
    () => proxy.log.dropped(),
  );
  gauge('cmu_proxy_workers', 'Processes that answer callers.', () => proxy.workers.listening);
  gauge(
    'cmu_proxy_workers_wanted',
    'Processes that are to answer callers (listen.workers).',
    () => proxy.workers.wanted,
  );
  counter(
    'cmu_proxy_worker_ends_total',
    'Workers that ended without being told to.',
    () => proxy.workers.ended,
  );
  gauge(
    'cmu_proxy_certificate_expiry_timestamp_seconds',
    'When the certificate of the public listener expires; absent without TLS.',
    () => proxy.certificateExpiresAt && proxy.certificateExpiresAt / 1000,
  );
};

const defineRequestMetrics = (instruments: Instruments, proxy: ProxyProcess): void => {
  const { gauge, counter } = withoutLabels(instruments);
  const { traffic } = proxy.telemetry;
  instruments.gauge(
    'cmu_proxy_route_info',
    'Always 1; tells which client and report API a route uses, to join its other series with.',
    ['route', 'client', 'upstream'],
    () => proxy.routes.map(({ name: route, client, upstream }) => [{ route, client, upstream }, 1]),
  );
  instruments.counter(
    'cmu_proxy_requests_total',
    'Requests answered, by route, status class (499: the caller left) and cache outcome.',
    ['route', 'status', 'cache'],
    () =>
      eachRoute(traffic, (route, of) =>
        Array.from(of.requests(), ({ status, cache, count }) => [{ route, status, cache }, count]),
      ),
  );
  instruments.histogram(
    'cmu_proxy_request_duration_seconds',
    'Time from the head of a request to the end of its answer, by route and cache outcome.',
    ['route', 'cache'],
    REQUEST_BOUNDS,
    () =>
      eachRoute(traffic, (route, of) =>
        Array.from(new Set(Array.from(of.requests(), ({ cache }) => cache)), (cache) => [
          { route, cache },
          of.durations(cache),
        ]),
      ),
  );
  gauge('cmu_proxy_requests_in_flight', 'Requests whose answer is not over.', () => inFlight(proxy));
  instruments.counter(
    'cmu_proxy_response_bytes_total',
    'Bytes of answer bodies sent to callers, as sent (compressed), by route.',
    ['route'],
    () => eachRoute(traffic, (route, of) => [[{ route }, of.bytes]]),
  );
  instruments.counter(
    'cmu_proxy_problems_total',
    "Answers of the proxy's own, by problem (docs/problems.md).",
    ['problem'],
    () => Array.from(traffic.problems.entries(), ([problem, count]) => [{ problem }, count]),
  );
  instruments.counter(
    'cmu_proxy_stand_ins_total',
    'Stored reports served in the place of an answer from upstream, by what they stood in for: a problem or a status.',
    ['reason'],
    () => Array.from(traffic.standIns.entries(), ([reason, count]) => [{ reason }, count]),
  );
  counter(
    'cmu_proxy_load_shed_total',
    'Requests answered 503 at once because there were too many connections (listen.maxConnections).',
    () => proxy.shedRequests,
  );
};

const defineUpstreamMetrics = (instruments: Instruments, traffic: Traffic): void => {
  instruments.counter(
    'cmu_proxy_upstream_requests_total',
    'Requests to the report API, by route and outcome: the status class, or error if no answer came.',
    ['route', 'outcome'],
    () =>
      eachRoute(traffic, (route, of) =>
        Array.from(of.upstreamRequests(), ({ outcome, count }) => [{ route, outcome }, count]),
      ),
  );
  instruments.histogram(
    'cmu_proxy_upstream_duration_seconds',
    'Time from sending a request to the report API to the head of its answer (or its failure), by route.',
    ['route'],
    UPSTREAM_BOUNDS,
    () => eachRoute(traffic, (route, of) => [[{ route }, of.upstreamDurations]]),
  );
};

const defineCacheMetrics = (instruments: Instruments, { telemetry, cache }: ProxyProcess): void => {
  const { gauge, counter } = withoutLabels(instruments);
  const outcomes = (name: string, help: string, outcome: CacheOutcome) =>
    counter(name, help, () => telemetry.traffic.totals().byCache[outcome]);
  outcomes('cmu_proxy_cache_hits_total', 'Answers from a fresh stored report.', 'hit');
  outcomes('cmu_proxy_cache_misses_total', 'Answers that a request upstream was made for.', 'miss');
  outcomes('cmu_proxy_cache_stale_total', 'Answers from a stored report past its lifetime.', 'stale');
  const shared = 'Answers that shared the upstream request of another.';
  outcomes('cmu_proxy_cache_collapsed_total', shared, 'collapsed');
  const confirmed = 'Answers from a stored report that upstream confirmed (304).';
  outcomes('cmu_proxy_cache_revalidated_total', confirmed, 'revalidated');
  outcomes('cmu_proxy_cache_bypassed_total', 'Answers that were not to be stored (no-store).', 'bypass');

  const held = (field: keyof ReportCacheContents) => () => cache?.contents()[field] ?? 0;
  gauge('cmu_proxy_cache_entries', 'Reports stored.', held('entries'));
  gauge('cmu_proxy_cache_bytes', 'Bytes held by stored reports, keys and headers included.', held('bytes'));
  const bound = 'Bound of cmu_proxy_cache_bytes; 0 if the cache is off.';
  gauge('cmu_proxy_cache_max_bytes', bound, held('maxBytes'));
  const evicted = 'Stored reports that had to make room for others.';
  counter('cmu_proxy_cache_evictions_total', evicted, held('evictions'));
};

const defineSharedMetrics = (instruments: Instruments, { looks, saves }: Traffic): void => {
  instruments.counter(
    'cmu_proxy_shared_report_looks_total',
    'Looks into the reports that replicas share, by what they came to.',
    ['outcome'],
    () => LOOK_OUTCOMES.map((outcome) => [{ outcome }, looks.of(outcome)]),
  );
  instruments.counter(
    'cmu_proxy_shared_report_saves_total',
    'Reports that were fetched and might be shared, by what became of that.',
    ['outcome'],
    () => SAVE_OUTCOMES.map((outcome) => [{ outcome }, saves.of(outcome)]),
  );
};

/** Requests taken up whose answer is not over. */
export const inFlight = ({ openedRequests, telemetry }: ProxyProcess): number =>
  Math.max(0, openedRequests - telemetry.traffic.answeredCount);

/** Metrics of one series; `undefined`: there is nothing to tell. */
const withoutLabels = (instruments: Instruments) => {
  const define =
    (kind: 'gauge' | 'counter') =>
    (name: string, help: string, read: () => number | undefined): void =>
      instruments[kind](name, help, [], () => {
        const value = read();
        return value === undefined ? [] : [[{}, value]];
      });
  return { gauge: define('gauge'), counter: define('counter') };
};

const eachRoute = <T>(
  traffic: Traffic,
  read: (route: string, of: RouteTraffic) => readonly Sample<T>[],
): Sample<T>[] => Array.from(traffic.routes).flatMap(([route, of]) => read(route, of));
