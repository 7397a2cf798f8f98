import type { RouteFacts } from '../../admin/wire.ts';
import { isSame } from '../../base/secret.ts';
import { bucketOf, type TokenBucket } from '../../base/token-bucket.ts';
import type { SharedReports } from '../../cache/shared/shared-reports.ts';
import type { ReportCache } from '../../cache/store/report-cache.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { RouteConfig } from '../../config/settings/topology.ts';
import type { BearerTokens, SoftwareStatement } from '../../oauth/index.ts';
import type { Gateway } from '../../proxy/gateway.ts';
import { CoolDowns } from '../../proxy/reports/cool-down.ts';
import type { Traces } from '../../tracing/traces.ts';
import { openUpstream, type Upstream } from '../../upstream/upstream.ts';
import type { RouteInput, Setup } from '../inputs/inputs.ts';
import { routeOf, serviceOf } from './routes.ts';

export interface RouteClient {
  readonly statement: SoftwareStatement;
  readonly bearer: BearerTokens;
}

interface RunningRoute {
  readonly input: RouteInput;
  readonly client: RouteClient;
  readonly upstream: Upstream;
}

export interface InCommon {
  readonly gateway: Pick<Gateway, 'replace'>;
  readonly cache: ReportCache | undefined;
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
  #config: Config | undefined;
  #routes: readonly RunningRoute[] = [];

  constructor(common: InCommon) {
    this.#common = common;
  }

  /** What is served where, for people. */
  get facts(): readonly RouteFacts[] {
    return this.#configs.map(({ name, prefix, hosts, client, upstream }) => ({
      name,
      prefix,
      hosts,
      client,
      upstream: upstream.url.origin + upstream.prefix,
      timeZone: upstream.timeZone === '' ? usualTimeZone(upstream.prefix) : upstream.timeZone,
    }));
  }

  /** Where reports are that anybody may ask for, whatever the host. */
  get main(): { readonly prefix: string; readonly upstream: string } {
    const route = this.#configs.find(({ hosts }) => hosts.length === 0) ?? this.#configs[0];
    return { prefix: route?.prefix ?? '', upstream: route?.upstream.url.origin ?? '' };
  }

  /** Makes the routes what is wanted. Connections that fit stay; others are closed once their requests are over. */
  become({ config, inputs }: Setup, clients: ReadonlyMap<string, RouteClient>): void {
    const before = new Map(this.#routes.map((route) => [route.input.config.name, route]));
    this.#config = config;
    this.#routes = inputs.routes.flatMap((input) => {
      const client = clients.get(input.config.client);
      if (client === undefined) return [];
      const running = before.get(input.config.name);
      if (running === undefined || running.client !== client || !sameWay(running.input, input)) {
        return this.#open(input, client);
      }
      before.delete(input.config.name);
      return { ...running, input };
    });
    this.publish();
    for (const { upstream } of before.values()) this.#retire(upstream);
  }

  /** Has the gateway serve them, for whom the clients now stand. */
  publish(): void {
    if (this.#config === undefined) return;
    const { gateway, cache, shared, processes } = this.#common;
    const routes = this.#routes.map(({ input, client: { statement }, upstream }) => {
      const { coolDowns, rate } = this.#originOf(upstream.origin);
      return routeOf({ config: input.config, upstream, cache, shared, coolDowns, rate, statement });
    });
    gateway.replace(serviceOf(this.#config, routes, processes));
  }

  /** Cuts every connection. */
  close(): void {
    for (const { upstream } of this.#routes) upstream.close();
    for (const upstream of this.#retired) upstream.close();
  }

  get #configs(): readonly RouteConfig[] {
    return this.#routes.map(({ input }) => input.config);
  }

  #open(input: RouteInput, client: RouteClient): RunningRoute {
    const settings = input.config.upstream;
    const { traces, processes } = this.#common;
    const maxConnections = Math.ceil(settings.maxConnections / processes);
    const options = { ...settings, maxConnections, tls: input.tls };
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

/** The times in reports of ESM are PST; CMU's are taken for UTC (docs/adobe.md §6, §8). */
const usualTimeZone = (prefix: string): string => (/\besm\b/.test(prefix) ? '-08:00' : 'UTC');

/** Whether one's connections do for the other. Prefix and rate are no part of them. */
const sameWay = (one: RouteInput, other: RouteInput): boolean => isSame(wayOf(one), wayOf(other));

const wayOf = ({ config: { upstream }, tls }: RouteInput) => ({
  tls,
  ...upstream,
  prefix: undefined,
  maxRequestsPerSecond: undefined,
});
