import type { FastifyInstance } from 'fastify';
import type { ReportCacheContents } from '../cache/store/report-cache.ts';
import type { Log } from '../log/log.ts';
import type { Traffic } from '../metrics/traffic.ts';
import type { CacheFigures } from './wire.ts';

/** The report cache, or those of several processes, for operators. */
export interface CacheAccess {
  contents(): ReportCacheContents;
  /** Forgets what starts so. @returns how many */
  purge(prefix: string): number | Promise<number>;
}

export const cacheFigures = (cache: CacheAccess | undefined, traffic: Traffic): CacheFigures => {
  const { entries, bytes, maxBytes, evictions } = cache?.contents() ?? EMPTY;
  const { byCache } = traffic.totals();
  return {
    enabled: cache !== undefined,
    entries,
    bytes,
    maxBytes,
    evictions,
    hits: byCache.hit,
    misses: byCache.miss,
    collapsed: byCache.collapsed,
    staleServed: byCache.stale,
    revalidated: byCache.revalidated,
  };
};

export interface PurgeEffects {
  readonly log: Pick<Log, 'info'>;
  /** @returns whether the shared store knows */
  readonly purgeShared?: (() => Promise<boolean>) | undefined;
}

const EMPTY = { entries: 0, bytes: 0, maxBytes: 0, evictions: 0 };

/**
 * `GET /api/cache` tells its figures. `DELETE /api/cache` forgets all reports, or with `?path=/cmu/v2/year` those whose
 * path and query (as callers send them) start so, and tells how many. What replicas share is forgotten as a whole:
 * nothing there tells a path.
 */
export const cacheRoutes = (
  app: FastifyInstance,
  cache: CacheAccess | undefined,
  traffic: Traffic,
  { log, purgeShared }: PurgeEffects,
): void => {
  app.get('/api/cache', () => cacheFigures(cache, traffic));

  app.delete('/api/cache', async ({ query }) => {
    const path = purgedPath(Object(query));
    // First: what is fetched from now on must not come from there.
    const shared = await purgeShared?.();
    const purged = (await cache?.purge(path)) ?? 0;
    log.info('cache.purged', { path, purged, ...(shared !== undefined && { shared }) });
    return { purged, ...(shared !== undefined && { shared }) };
  });
};

const LONGEST_PATH = 8192;

/**
 * The beginning of what is purged; nothing given is everything. An unknown parameter is a mistake, not something to
 * pass over: `?prefix=` would purge everything.
 */
const purgedPath = ({ path = '', ...others }: Readonly<Record<string, unknown>>): string => {
  const known = Object.keys(others).length === 0 && typeof path === 'string';
  if (!known || path.length > LONGEST_PATH || !/^(\/|$)/.test(path)) throw new BadQuery();
  return path;
};

class BadQuery extends Error {
  readonly statusCode = 400;
}
