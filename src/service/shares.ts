import type { ReportCacheContents } from '../cache/store/report-cache.ts';
import type { Config } from '../config/settings/schema.ts';

/** What one process gets of what is configured for all: the workers share the connections, and with the one that lends them tokens the cache. */
export const shareOf = (config: Config): Config => {
  const { workers, maxConnections } = config.listen;
  if (workers === 1) return config;
  const maxBytes = Math.floor(config.cache.maxBytes / (workers + 1));
  return {
    ...config,
    listen: { ...config.listen, maxConnections: Math.ceil(maxConnections / workers) },
    cache: { ...config.cache, maxBytes, maxEntryBytes: Math.min(config.cache.maxEntryBytes, maxBytes) },
  };
};

/** What several caches hold together. */
export const addedUp = (caches: readonly ReportCacheContents[]): ReportCacheContents =>
  caches.reduce((one, other) => ({
    entries: one.entries + other.entries,
    bytes: one.bytes + other.bytes,
    maxBytes: one.maxBytes + other.maxBytes,
    evictions: one.evictions + other.evictions,
  }));
