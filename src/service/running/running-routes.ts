import { isSamePeerTls } from '../../base/peer-tls.ts';
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

/** The routes while they run: the connections of each, and what they have in common. */
export class RunningRoutes {
  readonly #common: InCommon;
  readonly #coolDowns = new Map<string, CoolDowns>();
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
    return this.#routes.map(({ input: { config }, client, upstream }) =>
      routeOf({
        config,
        upstream,
        cache: this.#common.cache,
        shared: this.#common.shared,
        coolDowns: this.#coolDownsOf(upstream.origin),
        statement: client.statement,
      }),
    );
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

  #coolDownsOf(origin: string): CoolDowns {
    const known = this.#coolDowns.get(origin);
    if (known !== undefined) return known;
    const coolDowns = new CoolDowns();
    this.#coolDowns.set(origin, coolDowns);
    return coolDowns;
  }
}

/** Whether one's connections do for the other. The prefix is no part of them. */
const sameWay = (one: RouteInput, other: RouteInput): boolean => {
  const settings = ({ config: { upstream } }: RouteInput): string =>
    JSON.stringify([{ ...upstream, prefix: undefined }, upstream.proxy?.reveal()]);
  return settings(one) === settings(other) && isSamePeerTls(one.tls, other.tls);
};
