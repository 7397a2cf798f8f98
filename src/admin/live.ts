import type { ServerResponse } from 'node:http';
import type { Effects } from '../base/effects.ts';
import { between, type Milliseconds, seconds } from '../base/units.ts';
import type { CacheOutcome } from '../http/answered-request.ts';
import { REQUEST_BOUNDS, type Totals } from '../metrics/traffic.ts';
import { cacheFigures } from './cache-routes.ts';
import { inFlight } from './metrics.ts';
import type { ProxyProcess } from './proxy-process.ts';
import { proxyStatus } from './status.ts';
import type { LiveEvent, Rates } from './wire.ts';

const EVERY: Milliseconds = seconds(1);
const MOST_LISTENERS = 64;

/**
 * Server-sent events (HTML §9.2): the same event to every listener, once a second, made only while somebody listens.
 * Whoever reads too slowly misses events rather than piling them up.
 */
export class EventStream {
  readonly #setTimer: Effects['setTimer'];
  readonly #start: () => () => unknown;
  readonly #listeners = new Set<ServerResponse>();
  #latest = '';
  #cancelTimer: (() => void) | undefined;

  /** @param start called when the first listener comes; what it returns makes the data of each event, sent as JSON */
  constructor(setTimer: Effects['setTimer'], start: () => () => unknown) {
    this.#setTimer = setTimer;
    this.#start = start;
  }

  get isFull(): boolean {
    return this.#listeners.size >= MOST_LISTENERS;
  }

  /** Takes the response over. The latest event is sent at once. */
  join(response: ServerResponse): void {
    if (this.#cancelTimer === undefined) this.#run(this.#start());
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
    });
    // The browser comes back this many milliseconds after the connection is lost.
    response.write(`retry: 1000\n\n${this.#latest}`);
    this.#listeners.add(response);
    response.once('close', () => {
      this.#listeners.delete(response);
      if (this.#listeners.size === 0) this.#stop();
    });
  }

  close(): void {
    this.#stop();
    for (const response of this.#listeners) response.end();
  }

  #run(event: () => unknown): void {
    this.#latest = `data: ${JSON.stringify(event())}\n\n`;
    for (const response of this.#listeners) {
      if (!response.writableNeedDrain) response.write(this.#latest);
    }
    this.#cancelTimer = this.#setTimer(EVERY, () => this.#run(event));
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

/** Looks at the proxy, for an event each time; its rates are those since the last look. @returns what looks */
export const openView = (proxy: ProxyProcess): (() => LiveEvent) => {
  const { telemetry, effects } = proxy;
  const look = () => ({ at: effects.now(), totals: telemetry.traffic.totals() });
  let last = look();
  return () => {
    const before = last;
    last = look();
    const { totals } = last;
    return {
      status: proxyStatus(proxy),
      cache: cacheFigures(proxy),
      inFlight: inFlight(proxy),
      totals,
      rates: ratesBetween(before.totals, totals, between(before.at, last.at), REQUEST_BOUNDS),
    };
  };
};

/** @param bounds upper bounds of the duration buckets in seconds */
export const ratesBetween = (
  before: Totals,
  after: Totals,
  span: Milliseconds,
  bounds: readonly number[],
): Rates => {
  const perSecond = (from: number, to: number): number => (span > 0 ? ((to - from) * 1000) / span : 0);
  const requests = after.requests - before.requests;
  const durations = after.durations.map((count, index) => count - (before.durations[index] ?? 0));
  const served = SERVED_FROM_CACHE.reduce((sum, it) => sum + after.byCache[it] - before.byCache[it], 0);
  return {
    requests: perSecond(before.requests, after.requests),
    upstreamRequests: perSecond(before.upstreamRequests, after.upstreamRequests),
    serverErrors: perSecond(before.serverErrors, after.serverErrors),
    bytes: perSecond(before.bytes, after.bytes),
    fromCache: requests === 0 ? null : served / requests,
    p50Ms: quantileMs(durations, bounds, 0.5),
    p99Ms: quantileMs(durations, bounds, 0.99),
  };
};

const SERVED_FROM_CACHE = ['hit', 'stale', 'collapsed'] as const satisfies readonly CacheOutcome[];

/**
 * Prometheus' `histogram_quantile`: linear within the bucket; the last bound for what is beyond it.
 * @param cumulative counts of values that are at most each bound, and at the end of all
 */
const quantileMs = (
  cumulative: readonly number[],
  bounds: readonly number[],
  quantile: number,
): number | null => {
  const total = cumulative.at(-1) ?? 0;
  if (total === 0) return null;
  const rank = quantile * total;
  const bucket = cumulative.findIndex((count) => count >= rank);
  const upper = bounds[bucket];
  if (upper === undefined) return (bounds.at(-1) ?? 0) * 1000;
  const lower = bounds[bucket - 1] ?? 0;
  const below = cumulative[bucket - 1] ?? 0;
  const inside = (cumulative[bucket] ?? 0) - below;
  return (lower + (upper - lower) * ((rank - below) / inside)) * 1000;
};
