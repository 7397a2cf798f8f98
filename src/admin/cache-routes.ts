import type { FastifyInstance } from 'fastify';
import type { ProxyProcess } from './proxy-process.ts';
import type { CacheFigures } from './wire.ts';

export const cacheFigures = ({ cache, telemetry }: ProxyProcess): CacheFigures => {
  const { byCache } = telemetry.traffic.totals();
  return {
    enabled: cache !== undefined,
    ...(cache?.contents() ?? EMPTY),
    hits: byCache.hit,
    misses: byCache.miss,
    collapsed: byCache.collapsed,
    staleServed: byCache.stale,
    revalidated: byCache.revalidated,
  };
};

const EMPTY = { entries: 0, bytes: 0, maxBytes: 0, evictions: 0 };

/**
 * `GET /api/cache` tells its figures. `DELETE /api/cache` forgets all reports, or with `?path=/cmu/v2/year` those whose
 * path and query (as callers send them) start so, and tells how many. What replicas share is forgotten as a whole:
 * nothing there tells a path.
 */
export const cacheRoutes = (app: FastifyInstance, proxy: ProxyProcess): void => {
  const { cache, log, purgeShared } = proxy;
  app.get('/api/cache', () => cacheFigures(proxy));

  app.delete('/api/cache', async ({ query }) => {
    const path = purgedPath(Object(query));
    // First: what is fetched from now on must not come from there.
    const shared = await purgeShared?.();
    const purged = (await cache?.purge(path)) ?? 0;
    log.info('cache.purged', { path, purged, shared });
    return { purged, shared };
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
