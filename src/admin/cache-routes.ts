import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { ReportCache } from '../cache/report-cache.ts';
import type { Log } from '../log.ts';
import type { CacheFigures } from './console/wire.ts';
import type { Traffic } from './metrics/traffic.ts';

export const cacheFigures = (cache: ReportCache | undefined, traffic: Traffic): CacheFigures => {
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

const EMPTY = { entries: 0, bytes: 0, maxBytes: 0, evictions: 0 };

const purgeQuery = Type.Object(
  { path: Type.Optional(Type.String({ pattern: '^/', maxLength: 8192 })) },
  { additionalProperties: false },
);

/**
 * `GET /api/cache` tells its figures. `DELETE /api/cache` forgets all reports, or with `?path=/cmu/v2/year` those whose path and
 * query (as callers send them) start so, and tells how many.
 */
export const cacheRoutes = (
  app: FastifyInstance,
  cache: ReportCache | undefined,
  traffic: Traffic,
  log: Pick<Log, 'info'>,
): void => {
  app.get('/api/cache', () => cacheFigures(cache, traffic));

  app.delete<{ Querystring: Type.Static<typeof purgeQuery> }>(
    '/api/cache',
    { schema: { querystring: purgeQuery } },
    ({ query }) => {
      const purged = cache?.purge(query.path ?? '') ?? 0;
      log.info('cache.purged', { path: query.path ?? '', purged });
      return { purged };
    },
  );
};
