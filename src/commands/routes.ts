import { DEFAULT_FRESHNESS_RULES, type FreshnessRules, freshnessOf } from '../cache/freshness.ts';
import { ReportCache } from '../cache/report-cache.ts';
import type { Config } from '../config/schema.ts';
import type { TokenSource } from '../dcr/index.ts';
import { CoolDowns } from '../proxy/cool-down.ts';
import type { Route, RouteCaching } from '../proxy/route.ts';
import { openUpstream, type Upstream } from '../proxy/upstream.ts';
import { milliseconds } from '../units.ts';

/** The prefix that Adobe's links start with, whatever prefix was called (adobe/api.md §1). */
const CANONICAL_PREFIX = '/cmu/v2';

/** The connections to the report API as the configuration has them. */
export const openConfiguredUpstream = (
  config: Config,
  tokens: TokenSource,
  ca: string | undefined,
): Upstream => {
  const { upstream } = config;
  return openUpstream(tokens, {
    origin: upstream.url,
    connectTimeout: milliseconds(upstream.connectTimeoutMs),
    headersTimeout: milliseconds(upstream.headersTimeoutMs),
    bodyIdleTimeout: milliseconds(upstream.bodyIdleTimeoutMs),
    maxConnections: upstream.maxConnections,
    ...(ca === undefined ? {} : { additionalCa: [ca] }),
  });
};

/** @returns `undefined` when the cache is switched off */
export const openCache = ({ cache }: Config): ReportCache | undefined =>
  cache.maxBytes === 0 ? undefined : new ReportCache(cache);

/** The one route of a configuration without a list of routes. */
export const defaultRoute = (config: Config, upstream: Upstream, cache: ReportCache | undefined): Route => {
  const { listen } = config;
  const prefixes = new Set([CANONICAL_PREFIX, config.upstream.prefix]);
  return {
    id: 'cmu',
    kind: 'report',
    prefix: listen.prefix,
    upstreamPrefix: config.upstream.prefix,
    upstream,
    links: {
      origin: upstream.origin,
      linkPrefixes: [...prefixes].sort((a, b) => b.length - a.length),
      prefix: listen.prefix,
    },
    forwardHeaders: [],
    caching: cache && reportCaching(config, cache),
    coolDowns: new CoolDowns(),
  };
};

/** Adobe's documented schedule decides, unless an answer says for itself how long it lasts. */
const reportCaching = ({ cache: settings }: Config, cache: ReportCache): RouteCaching => {
  const rules = freshnessRules(settings);
  return {
    cache,
    storagePolicy: (path, query, now) => ({
      fallback: { by: 'schedule', ttl: freshnessOf({ path, query }, rules, now).ttl },
      statuses: 'only-200',
      staleWhileRevalidate: milliseconds(settings.staleWhileRevalidateMs),
      staleIfError: milliseconds(settings.staleIfErrorMs),
    }),
  };
};

const freshnessRules = ({ schedule, ...settings }: Config['cache']): FreshnessRules => ({
  schedule: {
    year: milliseconds(schedule.yearMs),
    month: milliseconds(schedule.monthMs),
    day: milliseconds(schedule.dayMs),
    hour: milliseconds(schedule.hourMs),
    minute: milliseconds(schedule.minuteMs),
  },
  histogramDimensions: DEFAULT_FRESHNESS_RULES.histogramDimensions,
  histogramTtl: milliseconds(schedule.histogramMs),
  aliases: settings.aliases,
  defaultTtl: milliseconds(settings.defaultTtlMs),
  settledTtl: milliseconds(settings.settledTtlMs),
  settledAfter: milliseconds(settings.settledAfterMs),
});
