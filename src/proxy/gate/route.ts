import type { TokenBucket } from '../../base/token-bucket.ts';
import type { EpochMs } from '../../base/units.ts';
import type { CallerWishes } from '../../cache/policy/cache-control.ts';
import type { StoragePolicy } from '../../cache/policy/storability.ts';
import type { SharedReports } from '../../cache/shared/shared-reports.ts';
import type { ReportCache } from '../../cache/store/report-cache.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { LinkMapping } from '../links/links.ts';
import type { CoolDowns } from '../reports/cool-down.ts';

export interface RouteCaching {
  /**
   * Whose word counts. `schedule`: Adobe's recomputation schedule, and `Last-Modified` says nothing. `http`: what the
   * answers say of themselves, as RFC 9111 has it.
   */
  readonly policy: 'schedule' | 'http';
  readonly cache: ReportCache;
  readonly shared?: SharedReports | undefined;
  /** Whether callers are told how long an answer lasts that does not say so itself. */
  readonly tellsFreshness: boolean;
  readonly callerWishes: CallerWishes;
  /** `path` below the prefix and `query` without `?`, as forwarded. */
  storagePolicy(path: string, query: string, now: EpochMs): StoragePolicy;
}

/** A prefix of the public listener, or of some of its names, and where it leads. */
interface Placement {
  readonly id: string;
  readonly prefix: string;
  /** Names in `Host` that it is served under, in lower case; none: any. */
  readonly hosts: readonly string[];
  readonly upstreamPrefix: string;
  readonly upstream: Upstream;
  /** What may go to its origin, from all routes to it; `undefined`: any number. */
  readonly rate?: TokenBucket | undefined;
  readonly links: LinkMapping;
  /** Lower-case names of answer fields that callers get besides those that all routes let through. */
  readonly answerHeaders: ReadonlySet<string>;
}

/** A route to an API that is no report API: requests of all kinds are forwarded, and nothing is stored. */
export interface ApiRoute extends Placement {
  readonly kind: 'api';
  readonly methods: readonly string[];
  readonly maxBodyBytes: number;
}

export interface Route extends Placement {
  /** In keys of the cache: its name and a digest of what its answers depend on, so that a changed route finds none. */
  readonly cacheId: string;
  readonly kind: 'report';
  /** Lower-case names of more request fields to forward. Answers that they select say so by `Vary`. */
  readonly forwardHeaders: readonly string[];
  /** `undefined`: nothing is stored. */
  readonly caching: RouteCaching | undefined;
  readonly coolDowns: CoolDowns;
}

export type AnyRoute = Route | ApiRoute;
