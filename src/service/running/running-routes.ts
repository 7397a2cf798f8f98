import { isSamePeerTls } from '../../base/peer-tls.ts';
import { bucketOf, type TokenBucket } from '../../base/token-bucket.ts';
import type { SharedReports } from '../../cache/shared/shared-reports.ts';
import type { ReportCache } from '../../cache/store/report-cache.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { RouteConfig } from '../../config/settings/topology.ts';
import type { BearerTokens, SoftwareStatement } from '../../oauth/index.ts';
import type { Service } from '../../proxy/gate/gate.ts';
import { CoolDowns } from '../../proxy/reports/cool-down.ts';
import type { Traces } from '../../tracing/traces.ts';
import { openUpstream, type Upstream } from '../../upstream/upstream.ts';
import { serviceOf } from '../inputs/callers.ts';
import type { RouteInput } from '../inputs/inputs.ts';
import { connectionOptions, routeOf } from './routes.ts';

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
  /** Processes that share the connections which the configuration allows. */
  readonly processes: number;
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
  become(wanted: readonly RouteInput[], clients: ReadonlyMap<string, RouteClient>): void {
    const before = new Map(this.#routes.map((route) => [route.input.config.name, route]));
    this.#routes = wanted.flatMap((input) => {
      const client = clients.get(input.config.client);
      if (client === undefined) return [];
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
  service(config: Config): Service {
    const { cache, shared, processes } = this.#common;
    const routes = this.#routes.map(({ input, client: { statement }, upstream }) => {
      const { coolDowns, rate } = this.#originOf(upstream.origin);
      return routeOf({ config: input.config, upstream, cache, shared, coolDowns, rate, statement });
    });
    return serviceOf(config, routes, processes);
  }

  /** Cuts every connection. */
  close(): void {
    for (const { upstream } of this.#routes) upstream.close();
    for (const upstream of this.#retired) upstream.close();
  }

  #open(input: RouteInput, client: RouteClient): RunningRoute {
    const settings = input.config.upstream;
    const { traces, processes } = this.#common;
    const maxConnections = Math.ceil(settings.maxConnections / processes);
    const options = connectionOptions({ ...settings, maxConnections }, input.tls);
    const upstream = openUpstream(client.bearer, input.config.name, options, traces);
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
