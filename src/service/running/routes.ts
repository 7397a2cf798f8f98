import { createHash } from 'node:crypto';
import { bucketOf, type TokenBucket } from '../../base/token-bucket.ts';
import { milliseconds } from '../../base/units.ts';
import { freshnessOf } from '../../cache/adobe/freshness.ts';
import type { SharedReports } from '../../cache/shared/shared-reports.ts';
import { ReportCache } from '../../cache/store/report-cache.ts';
import { addressesIn } from '../../config/rules/network.ts';
import { isReachable } from '../../config/rules/rules.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { RouteConfig } from '../../config/settings/topology.ts';
import type { SoftwareStatement } from '../../oauth/index.ts';
import { hostName } from '../../proxy/gate/caller-policy.ts';
import type { Service } from '../../proxy/gate/gate.ts';
import type { AnyRoute, RouteCaching } from '../../proxy/gate/route.ts';
import type { CoolDowns } from '../../proxy/reports/cool-down.ts';
import type { Upstream } from '../../upstream/upstream.ts';

/** @returns `undefined` when the cache is switched off */
export const openCache = ({ cache }: Pick<Config, 'cache'>): ReportCache | undefined =>
  cache.maxBytes === 0 ? undefined : new ReportCache(cache);

export interface RouteParts {
  readonly config: RouteConfig;
  readonly upstream: Upstream;
  readonly cache: ReportCache | undefined;
  readonly shared?: SharedReports | undefined;
  readonly coolDowns: CoolDowns;
  readonly rate?: TokenBucket | undefined;
  readonly statement: Pick<SoftwareStatement, 'subject' | 'fingerprint'>;
}

export const routeOf = (parts: RouteParts): AnyRoute => {
  const { config, upstream, cache, shared, coolDowns, rate, statement } = parts;
  const { name, prefix, hosts, methods, maxBodyBytes } = config;
  const upstreamPrefix = config.upstream.prefix;
  const linkPrefixes = new Set([...canonicalPrefixes(upstreamPrefix), upstreamPrefix]);
  const placement = {
    id: name,
    prefix,
    hosts,
    upstreamPrefix,
    upstream,
    rate,
    links: {
      origin: upstream.origin,
      linkPrefixes: [...linkPrefixes].sort((a, b) => b.length - a.length),
      prefix,
    },
    answerHeaders: new Set(config.upstream.answerHeaders.map((name) => name.toLowerCase())),
  };
  if (config.kind === 'api') return { ...placement, kind: 'api', methods, maxBodyBytes };
  return {
    ...placement,
    kind: 'report',
    cacheId: `${name}@${digestOf(config, statement)}`,
    forwardHeaders: config.upstream.requestHeaders,
    caching: cache && config.cache.enabled ? { ...reportCaching(config.cache, cache), shared } : undefined,
    coolDowns,
  };
};

/** Prefixes that Adobe's links start with, whatever prefix was called (docs/adobe.md §1, §8). */
const CMU_PREFIXES = ['/cmu/v2'];
const ESM_PREFIXES = ['/esm/v3', '/v3'];

/** Where only the end of it is called (`/v2` at a staging host), links still start with the whole. */
const canonicalPrefixes = (upstreamPrefix: string): readonly string[] =>
  ESM_PREFIXES.includes(upstreamPrefix) ? ESM_PREFIXES : CMU_PREFIXES;

/**
 * Of all that a route's answers depend on besides the request: where they come from, whose data they are, and the
 * prefix that their links have. A new statement of the same application is the same.
 */
const digestOf = (
  { prefix, client, upstream, cache }: RouteConfig,
  { subject, fingerprint }: RouteParts['statement'],
): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        ...[prefix, upstream.url.origin, upstream.prefix, client, subject ?? fingerprint],
        upstream.answerHeaders,
        upstream.requestHeaders,
        cache.policy,
      ]),
    )
    .digest('base64url')
    .slice(0, 12);

/**
 * What an answer says of itself counts first; where it says nothing, Adobe's documented schedule or RFC 9111 decides.
 */
const reportCaching = (settings: RouteConfig['cache'], cache: ReportCache): RouteCaching => {
  const { policy, callerDirectives, tellFreshness: tellsFreshness } = settings;
  const callerWishes =
    callerDirectives === 'limit' ? { onceIn: settings.callerDirectivesMs } : callerDirectives;
  const common = { policy, cache, tellsFreshness, callerWishes };
  const stale = {
    staleWhileRevalidate: settings.staleWhileRevalidateMs,
    staleIfError: settings.staleIfErrorMs,
  };
  if (policy === 'http') {
    const storagePolicy = { fallback: HEURISTIC, ...stale };
    return { ...common, storagePolicy: () => storagePolicy };
  }
  return {
    ...common,
    storagePolicy: (path, query, now) => ({
      fallback: { by: 'schedule', ttl: freshnessOf(path, query, settings, now) },
      ...stale,
    }),
  };
};

/** RFC 9111 §4.2.2 has the tenth. The bound is short: a `Last-Modified` to guess from is one to validate with. */
const HEURISTIC = { by: 'heuristic', fraction: 0.1, most: milliseconds(3_600_000) } as const;

/** What is served, and to whom. @param processes that callers are divided among */
export const serviceOf = (
  { listen }: Pick<Config, 'listen'>,
  routes: readonly AnyRoute[],
  processes = 1,
): Service => {
  // One to listen on, or to be served under, is one to be called by.
  const hosts = [listen.host, ...listen.allowedHosts, ...routes.flatMap((route) => route.hosts)];
  const { forwardProxy, trustProxy } = listen;
  return {
    routes,
    allowedHosts: new Set(hosts.map((it) => hostName(it))),
    callerTokens: listen.callerTokens.map(({ name, sha256, maxRequestsPerSecond }) => ({
      name,
      sha256: Buffer.from(sha256, 'hex'),
      rate: bucketOf(maxRequestsPerSecond, processes),
    })),
    forwardsByName: forwardProxy === 'always' || (forwardProxy === 'near' && !isReachable(listen)),
    trustProxy: trustProxy.length === 0 ? undefined : addressesIn(trustProxy),
  };
};
