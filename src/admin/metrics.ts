import { collectDefaultMetrics, type Registry } from 'prom-client';
import { LOOK_OUTCOMES, SAVE_OUTCOMES } from '../cache/shared/shared-reports.ts';
import type { ReportCacheContents } from '../cache/store/report-cache.ts';
import type { CacheOutcome } from '../http/answered-request.ts';
import { type Counts, sumOf } from '../metrics/counts.ts';
import { defineMetrics, type Metrics, type Sample } from '../metrics/instruments.ts';
import {
  REQUEST_BOUNDS,
  type RouteCounts,
  requestsOf,
  type Traffic,
  UPSTREAM_BOUNDS,
  upstreamRequestsOf,
} from '../metrics/traffic.ts';
import type { TokenSourceStatus } from '../oauth/index.ts';
import type { ProxyProcess } from './proxy-process.ts';
import { readinessNow } from './status.ts';

/**
 * The metrics of one proxy, in a registry of its own; names, units and suffixes are those of OpenMetrics. Besides there
 * are prom-client's of the process, `process_*` and `nodejs_*`. A path never becomes a label.
 */
export const createMetrics = (proxy: ProxyProcess): Registry => {
  const { reloads, dcr } = proxy.telemetry;
  const { registry } = dcr;
  defineMetrics(registry, { ...ownMetrics(proxy), ...tokenMetrics(proxy), ...reloads.metrics });
  collectDefaultMetrics({ register: registry });
  return registry;
};

const ownMetrics = (proxy: ProxyProcess): Metrics => {
  const { cache, telemetry } = proxy;
  const { traffic } = telemetry;
  const answers = (outcome: CacheOutcome) => () => traffic.totals().byCache[outcome];
  const held = (field: keyof ReportCacheContents) => () => cache?.contents()[field] ?? 0;
  const outcomes = (all: readonly string[], counts: Counts) =>
    all.map((outcome): Sample => [{ outcome }, counts.get(outcome) ?? 0]);
  return {
    cmu_proxy_build_info: [
      'Always 1; tells what runs.',
      () => [[{ version: proxy.version, node: process.version }, 1]],
    ],
    cmu_proxy_ready: [
      '1 while the proxy is ready for requests, as /readyz tells.',
      () => (readinessNow(proxy).ready ? 1 : 0),
    ],
    cmu_proxy_log_lines_dropped_total: [
      'Lines of the log that were dropped because their reader stalled.',
      () => proxy.log.dropped(),
    ],
    cmu_proxy_workers: ['Processes that answer callers.', () => proxy.workers.listening],
    cmu_proxy_workers_wanted: [
      'Processes that are to answer callers (listen.workers).',
      () => proxy.workers.wanted,
    ],
    cmu_proxy_worker_ends_total: ['Workers that ended without being told to.', () => proxy.workers.ended],
    cmu_proxy_certificate_expiry_timestamp_seconds: [
      'When the certificate of the public listener expires; absent without TLS.',
      () => proxy.certificateExpiresAt && proxy.certificateExpiresAt / 1000,
    ],
    cmu_proxy_route_info: [
      'Always 1; tells which client and report API a route uses, to join its other series with.',
      () => proxy.routes.map(({ name: route, client, upstream }) => [{ route, client, upstream }, 1]),
    ],
    cmu_proxy_requests_total: [
      'Requests answered, by route, status class (499: the caller left) and cache outcome.',
      () =>
        eachRoute(traffic, (route, counts) =>
          requestsOf(counts).map(({ status, cache, count }) => [{ route, status, cache }, count]),
        ),
    ],
    cmu_proxy_request_duration_seconds: [
      'Time from the head of a request to the end of its answer, by route and cache outcome.',
      () =>
        eachRoute(traffic, (route, counts) =>
          Array.from(
            Map.groupBy(requestsOf(counts), ({ cache }) => cache),
            ([cache, requests]) => [
              { route, cache },
              sumOf(
                requests.map(({ buckets }) => buckets),
                REQUEST_BOUNDS,
              ),
            ],
          ),
        ),
      REQUEST_BOUNDS,
    ],
    cmu_proxy_requests_in_flight: ['Requests whose answer is not over.', () => inFlight(proxy)],
    cmu_proxy_response_bytes_total: [
      'Bytes of answer bodies sent to callers, as sent (compressed), by route.',
      () => eachRoute(traffic, (route, { bytes }) => [[{ route }, bytes]]),
    ],
    cmu_proxy_problems_total: [
      "Answers of the proxy's own, by problem (docs/problems.md).",
      () => Array.from(traffic.counts.problems, ([problem, count]) => [{ problem }, count]),
    ],
    cmu_proxy_stand_ins_total: [
      'Stored reports served in the place of an answer from upstream, by what they stood in for: a problem or a status.',
      () => Array.from(traffic.counts.standIns, ([reason, count]) => [{ reason }, count]),
    ],
    cmu_proxy_load_shed_total: [
      'Requests answered 503 at once because there were too many connections (listen.maxConnections).',
      () => proxy.shedRequests,
    ],
    cmu_proxy_upstream_requests_total: [
      'Requests to the report API, by route and outcome: the status class, or error if no answer came.',
      () =>
        eachRoute(traffic, (route, counts) =>
          upstreamRequestsOf(counts).map(({ outcome, count }) => [{ route, outcome }, count]),
        ),
    ],
    cmu_proxy_upstream_duration_seconds: [
      'Time from sending a request to the report API to the head of its answer (or its failure), by route.',
      () =>
        eachRoute(traffic, (route, { upstream }) => [[{ route }, sumOf(upstream.values(), UPSTREAM_BOUNDS)]]),
      UPSTREAM_BOUNDS,
    ],
    cmu_proxy_cache_hits_total: ['Answers from a fresh stored report.', answers('hit')],
    cmu_proxy_cache_misses_total: ['Answers that a request upstream was made for.', answers('miss')],
    cmu_proxy_cache_stale_total: ['Answers from a stored report past its lifetime.', answers('stale')],
    cmu_proxy_cache_collapsed_total: [
      'Answers that shared the upstream request of another.',
      answers('collapsed'),
    ],
    cmu_proxy_cache_revalidated_total: [
      'Answers from a stored report that upstream confirmed (304).',
      answers('revalidated'),
    ],
    cmu_proxy_cache_bypassed_total: ['Answers that were not to be stored (no-store).', answers('bypass')],
    cmu_proxy_cache_entries: ['Reports stored.', held('entries')],
    cmu_proxy_cache_bytes: ['Bytes held by stored reports, keys and headers included.', held('bytes')],
    cmu_proxy_cache_max_bytes: ['Bound of cmu_proxy_cache_bytes; 0 if the cache is off.', held('maxBytes')],
    cmu_proxy_cache_evictions_total: ['Stored reports that had to make room for others.', held('evictions')],
    cmu_proxy_shared_report_looks_total: [
      'Looks into the reports that replicas share, by what they came to.',
      () => outcomes(LOOK_OUTCOMES, traffic.counts.looks),
    ],
    cmu_proxy_shared_report_saves_total: [
      'Reports that were fetched and might be shared, by what became of that.',
      () => outcomes(SAVE_OUTCOMES, traffic.counts.saves),
    ],
  };
};

const TOKEN_STATES = [
  'starting',
  'ready',
  'degraded',
  'unavailable',
] as const satisfies readonly TokenSourceStatus['state'][];

const tokenMetrics = (proxy: ProxyProcess): Metrics => {
  const eachSeconds = (read: (status: TokenSourceStatus) => number | null | undefined) => () =>
    proxy.clients.flatMap(({ name: client, tokens }): Sample[] => {
      const milliseconds = read(tokens.status()) ?? undefined;
      return milliseconds === undefined ? [] : [[{ client }, milliseconds / 1000]];
    });
  return {
    cmu_proxy_token_state: [
      '1 for the state that the client is in, 0 for the others. degraded: a token serves, its refresh fails.',
      () =>
        proxy.clients.flatMap(({ name: client, tokens }) => {
          const current = tokens.status().state;
          return TOKEN_STATES.map((state): Sample => [{ client, state }, state === current ? 1 : 0]);
        }),
    ],
    cmu_proxy_client_ready: [
      '1 while callers of the client find a token.',
      () =>
        proxy.clients.map(({ name: client, tokens }) => [{ client }, tokens.current() === undefined ? 0 : 1]),
    ],
    cmu_proxy_token_age_seconds: [
      'Time since the token in service was received; absent without one.',
      eachSeconds(({ token }) => token && proxy.effects.now() - token.receivedAt),
    ],
    cmu_proxy_token_expiry_timestamp_seconds: [
      'When the token in service expires; absent without one.',
      eachSeconds(({ token }) => token?.expiresAt),
    ],
    cmu_proxy_token_next_attempt_timestamp_seconds: [
      'When the next refresh or retry is due; absent while one is under way.',
      eachSeconds(({ nextAttemptAt }) => nextAttemptAt),
    ],
    cmu_proxy_credentials_expiry_timestamp_seconds: [
      'When the registered credentials expire; absent if they do not.',
      eachSeconds(({ registration }) => registration?.expiresAt),
    ],
  };
};

export const inFlight = ({ openedRequests, telemetry }: ProxyProcess): number =>
  Math.max(0, openedRequests - telemetry.traffic.counts.answered);

const eachRoute = <T>(
  { counts }: Traffic,
  read: (route: string, of: RouteCounts) => readonly Sample<T>[],
): Sample<T>[] => Array.from(counts.routes).flatMap(([route, of]) => read(route, of));
