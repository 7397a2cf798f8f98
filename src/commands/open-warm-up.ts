import type { Config } from '../config/schema.ts';
import { systemEffects } from '../dcr/index.ts';
import type { Log } from '../log.ts';
import type { ReportPrefetch } from '../proxy/report-prefetch.ts';
import { WarmUp } from '../proxy/warm-up.ts';
import { milliseconds } from '../units.ts';

/** Starts to fetch the configured reports ahead of callers. @returns `undefined` if there are none, or no cache */
export const openWarmUp = (
  { cache }: Config,
  { prefetch }: { readonly prefetch: ReportPrefetch },
  log: Pick<Log, 'info' | 'warn'>,
): WarmUp | undefined => {
  const { reports, requestsPerMinute } = cache.warmUp;
  if (reports.length === 0 || cache.maxBytes === 0) return undefined;
  const warmUp = new WarmUp({
    reports: reports.map(({ path, accept }) => ({ target: path, accept })),
    interval: milliseconds(60_000 / requestsPerMinute),
    source: prefetch,
    effects: systemEffects,
    onFailed: ({ target }, { reason }) => log.warn('warm-up.failed', { report: target, reason }),
    onRecovered: ({ target }) => log.info('warm-up.recovered', { report: target }),
  });
  warmUp.start();
  return warmUp;
};
