import type { EpochMs } from '../../base/units.ts';
import type { StoragePolicy } from '../../cache/policy/storability.ts';
import type { SharedReports } from '../../cache/shared/shared-reports.ts';
import type { ReportCache } from '../../cache/store/report-cache.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { LinkMapping } from '../links/links.ts';
import type { CoolDowns } from '../reports/cool-down.ts';

/** How a route's answers are stored. */
export interface RouteCaching {
  readonly cache: ReportCache;
  /** What replicas keep together, behind `cache`; `undefined`: nothing. */
  readonly shared?: SharedReports | undefined;
  /** `path` below the prefix and `query` without `?`, as forwarded. */
  storagePolicy(path: string, query: string, now: EpochMs): StoragePolicy;
}

/** A prefix of the public listener, or of some of its names, and the report API behind it. */
export interface Route {
  /** Names the route in logs and metrics. */
  readonly id: string;
  /**
   * Stands for it in keys of the cache: its name and a digest of all that its answers depend on besides the request, so that a
   * route that was changed finds nothing of what it was before.
   */
  readonly cacheId: string;
  readonly prefix: string;
  /** Names in `Host` that it is served under, in lower case; none: any. */
  readonly hosts: readonly string[];
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
  /** Lower-case names of answer fields that callers get besides those that all routes let through. */
  readonly answerHeaders: ReadonlySet<string>;
  /** `undefined`: nothing is stored. */
  readonly caching: RouteCaching | undefined;
  readonly coolDowns: CoolDowns;
}
