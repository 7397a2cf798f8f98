import { systemEffects } from '../../base/effects.ts';
import { milliseconds } from '../../base/units.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { Log } from '../../log/log.ts';

import type { ReportPrefetch } from '../../proxy/reports/report-prefetch.ts';
import { WarmUp } from '../../proxy/warm-up/warm-up.ts';

/** Fetches the configured reports ahead of callers, as the configuration has it at the time. */
export class RunningWarmUp {
  readonly #source: { readonly prefetch: ReportPrefetch };
  readonly #log: Pick<Log, 'info' | 'warn'>;
  #warmUp: WarmUp | undefined;
  #settings = '';

  constructor(source: { readonly prefetch: ReportPrefetch }, log: Pick<Log, 'info' | 'warn'>) {
    this.#source = source;
    this.#log = log;
  }

  /** Starts anew if the list of reports has changed. */
  become({ cache }: Pick<Config, 'cache'>): void {
    const settings = JSON.stringify(cache.warmUp);
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.close();
    const { reports, requestsPerMinute } = cache.warmUp;
    if (reports.length === 0 || cache.maxBytes === 0) return;
    this.#warmUp = new WarmUp({
      reports: reports.map(({ path, accept, host }) => ({ target: path, accept, host })),
      interval: milliseconds(60_000 / requestsPerMinute),
      source: this.#source.prefetch,
      effects: systemEffects,
      onFailed: ({ target }, { reason }) => this.#log.warn('warm-up.failed', { report: target, reason }),
      onRecovered: ({ target }) => this.#log.info('warm-up.recovered', { report: target }),
    });
    this.#warmUp.start();
  }

  close(): void {
    this.#warmUp?.close();
    this.#warmUp = undefined;
  }
}
