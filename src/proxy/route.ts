import type { ReportCache } from '../cache/report-cache.ts';
import type { StoragePolicy } from '../cache/storability.ts';
import type { EpochMs } from '../units.ts';
import type { CoolDowns } from './cool-down.ts';
import type { LinkMapping } from './links.ts';
import type { Upstream } from './upstream.ts';

/** How a route's answers are stored. */
export interface RouteCaching {
  readonly cache: ReportCache;
  /** `path` below the prefix and `query` without `?`, as forwarded. */
  storagePolicy(path: string, query: string, now: EpochMs): StoragePolicy;
}

/** A prefix of the public listener and the report API behind it. */
export interface Route {
  /** Names the route in keys, logs and metrics. */
  readonly id: string;
  readonly prefix: string;
  readonly upstreamPrefix: string;
  readonly upstream: Upstream;
  readonly links: LinkMapping;
  /**
   * `report`: an Adobe report API. The format is negotiated by its rules, and only what is in the cache key is forwarded.
   * `pass-all`: a generic origin. `Accept` and `forwardHeaders` go on as they are, and its own caching fields decide.
   */
  readonly kind: 'report' | 'pass-all';
  /** Lower-case names of more request fields to forward, which then are part of the key. */
  readonly forwardHeaders: readonly string[];
  /** `undefined`: nothing is stored. */
  readonly caching: RouteCaching | undefined;
  readonly coolDowns: CoolDowns;
}
