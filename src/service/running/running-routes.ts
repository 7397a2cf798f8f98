import { isSamePeerTls } from '../../base/peer-tls.ts';
import { bucketOf, type TokenBucket } from '../../base/token-bucket.ts';
import type { SharedReports } from '../../cache/shared/shared-reports.ts';
import type { ReportCache } from '../../cache/store/report-cache.ts';
import type { RouteConfig } from '../../config/settings/topology.ts';
import type { BearerTokens, SoftwareStatement } from '../../oauth/index.ts';
import type { AnyRoute } from '../../proxy/gate/route.ts';
import { CoolDowns } from '../../proxy/reports/cool-down.ts';
import type { Traces } from '../../tracing/traces.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { RouteInput } from '../inputs/inputs.ts';
import { openConfiguredUpstream, routeOf } from './routes.ts';

/** What a route needs of its client. */
export interface RouteClient {
  readonly statement: SoftwareStatement;
  readonly bearer: BearerTokens;
}

interface RunningRoute {
  readonly input: RouteInput;
  readonly client: RouteClient;
  readonly upstream: Upstream;
}

/** What all routes have in common. */
export interface InCommon {
  readonly cache: ReportCache | undefined;
  /** The reports that replicas share, if they do. */
  readonly shared: SharedReports | undefined;
  readonly traces: Traces | undefined;
  /** Processes that share the connections which the configuration allows; 1 unless told. */
  readonly processes?: number;
}

/** What all routes to one origin have in common: it knows us by our address, not by the route. */
interface Origin {
  readonly coolDowns: CoolDowns;
  readonly perSecond: number;
  readonly rate: TokenBucket | undefined;
}

/** The routes while they run: the connections of each, and what they have in common. */
export class RunningRoutes {
  readonly #common: InCommon;
  readonly #origins = new Map<string, Origin>();
  readonly #retired = new Set<Upstream>();
  #routes: readonly RunningRoute[] = [];

  constructor(common: InCommon) {
    this.#common = common;
  }

  get configs(): readonly RouteConfig[] {
    return this.#routes.map(({ input }) => input.config);
  }

  /** Makes the routes what is wanted. Connections that fit stay; others are closed once their requests are over. */
  replace(wanted: readonly { readonly input: RouteInput; readonly client: RouteClient }[]): void {
    const before = new Map(this.#routes.map((route) => [route.input.config.name, route]));
    this.#routes = wanted.map(({ input, client }) => {
      const running = before.get(input.config.name);
      if (running === undefined || running.client !== client || !sameWay(running.input, input)) {
        return this.#open(input, client);
      }
      before.delete(input.config.name);
      return { ...running, input };
    });
    for (const { upstream } of before.values()) this.#retire(upstream);
  }

  /** As the gateway takes them. */
  routes(): readonly AnyRoute[] {
    const { cache, shared } = this.#common;
    return this.#routes.map(({ input: { config }, client: { statement }, upstream }) => {
      const { coolDowns, rate } = this.#originOf(upstream.origin);
      return routeOf({ config, upstream, cache, shared, coolDowns, rate, statement });
    });
  }

  /** Cuts every connection. */
  close(): void {
    for (const { upstream } of this.#routes) upstream.close();
    for (const upstream of this.#retired) upstream.close();
  }

  #open(input: RouteInput, client: RouteClient): RunningRoute {
    const settings = input.config.upstream;
    const maxConnections = Math.ceil(settings.maxConnections / (this.#common.processes ?? 1));
    const { traces } = this.#common;
    const upstream = openConfiguredUpstream(
      { ...settings, maxConnections },
      client.bearer,
      input.config.name,
      input.tls,
      traces,
    );
    return { input, client, upstream };
  }

  #retire(upstream: Upstream): void {
    this.#retired.add(upstream);
    void upstream.retire().then(() => this.#retired.delete(upstream));
  }

  /** Of several bounds the least counts; one that is the same goes on. */
  #originOf(origin: string): Origin {
    const bounds = this.#routes
      .filter(({ upstream }) => upstream.origin === origin)
      .map(({ input }) => input.config.upstream.maxRequestsPerSecond)
      .filter((perSecond) => perSecond > 0);
    const perSecond = bounds.length === 0 ? 0 : Math.min(...bounds);
    const known = this.#origins.get(origin);
    if (known?.perSecond === perSecond) return known;
    const rate = bucketOf(perSecond, this.#common.processes);
    const made = { coolDowns: known?.coolDowns ?? new CoolDowns(), perSecond, rate };
    this.#origins.set(origin, made);
    return made;
  }
}

/** Whether one's connections do for the other. Prefix and rate are no part of them. */
const sameWay = (one: RouteInput, other: RouteInput): boolean => {
  const settings = ({ config: { upstream } }: RouteInput): string =>
    JSON.stringify([
      { ...upstream, prefix: undefined, maxRequestsPerSecond: undefined },
      upstream.proxy?.reveal(),
    ]);
  return settings(one) === settings(other) && isSamePeerTls(one.tls, other.tls);
};
