import type { CancelTimer, Effects } from '../../base/effects.ts';
import { after, type EpochMs, epochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { PrefetchFailure, ReportPrefetch, WantedReport } from '../reports/report-prefetch.ts';

export interface WarmUpOptions {
  readonly reports: readonly WantedReport[];
  readonly interval: Milliseconds;
  readonly source: Pick<ReportPrefetch, 'freshUntil' | 'fetch'>;
  readonly effects: Effects;
  /** A report could not be stored: told once until it can be again. */
  readonly onFailed: (report: WantedReport, failure: PrefetchFailure) => void;
  /** A report whose failure was told is stored now. */
  readonly onRecovered: (report: WantedReport) => void;
}

interface Kept {
  readonly report: WantedReport;
  plan: WarmUpPlan;
}

/**
 * Keeps a list of reports in the store: fetches them at start, in order, and again as they expire. It never has more
 * than one request under way, nor sends more than one in an interval, so that it takes little of what Adobe grants to
 * callers.
 */
export class WarmUp {
  readonly #options: WarmUpOptions;
  readonly #kept: readonly Kept[];
  #notBefore: EpochMs;
  #busy = false;
  #closed = false;
  #cancelTimer: CancelTimer | undefined;

  constructor(options: WarmUpOptions) {
    this.#options = options;
    const now = options.effects.now();
    this.#notBefore = now;
    this.#kept = options.reports.map((report) => ({ report, plan: { dueAt: now, failures: 0 } }));
  }

  start(): void {
    this.#next();
  }

  /** Nothing is fetched any more; what is under way ends unheeded. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
  }

  /** Looks after whatever is due, until a request is sent or there is something to wait for. */
  #next(): void {
    const { effects, interval } = this.#options;
    while (!this.#closed && !this.#busy) {
      const kept = this.#mostUrgent();
      if (kept === undefined) return;
      const now = effects.now();
      if (kept.plan.dueAt > now) {
        this.#wait(milliseconds(kept.plan.dueAt - now));
        return;
      }
      if (this.#isFresh(kept, now)) continue;
      if (now < this.#notBefore) {
        this.#wait(milliseconds(this.#notBefore - now));
        return;
      }
      this.#notBefore = after(now, interval);
      this.#fetch(kept);
    }
  }

  #fetch(kept: Kept): void {
    const { effects, source } = this.#options;
    this.#busy = true;
    let returned = false;
    source.fetch(kept.report, (failure) => {
      this.#busy = false;
      const now = effects.now();
      if (failure !== undefined || !this.#isFresh(kept, now)) this.#failed(kept, failure ?? NOT_FRESH, now);
      if (returned) this.#next();
    });
    returned = true;
  }

  #isFresh(kept: Kept, now: EpochMs): boolean {
    const freshUntil = this.#options.source.freshUntil(kept.report);
    if (freshUntil === undefined || freshUntil <= now) return false;
    const failedBefore = kept.plan.failures > 0;
    kept.plan = planWhileFresh(freshUntil, now);
    if (failedBefore) this.#options.onRecovered(kept.report);
    return true;
  }

  #failed(kept: Kept, failure: PrefetchFailure, now: EpochMs): void {
    const { effects, onFailed } = this.#options;
    const firstTime = kept.plan.failures === 0;
    kept.plan = planAfterFailure(kept.plan, failure.notBefore, now, effects.random());
    if (firstTime) onFailed(kept.report, failure);
  }

  #mostUrgent(): Kept | undefined {
    return this.#kept.toSorted((one, other) => one.plan.dueAt - other.plan.dueAt)[0];
  }

  #wait(delay: Milliseconds): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.effects.setTimer(delay, () => this.#next());
  }
}

/** Its lifetime is none, or the cache has no room for it. */
const NOT_FRESH: PrefetchFailure = { reason: 'not-stored' };

/** When to look after a report that is to be kept in the store. */
export interface WarmUpPlan {
  readonly dueAt: EpochMs;
  readonly failures: number;
}

/**
 * A report that is fresh may still be gone: evicted, or purged. Looking costs a look-up in a map, and counts as a use,
 * which keeps a report in the store that nobody else has asked for.
 */
const LOOK_AGAIN_AFTER = milliseconds(60_000);

/** Pauses after failures: doubled each time up to the longest, which a report that is gone ends at. */
const FIRST_RETRY = milliseconds(15_000);
const LONGEST_RETRY = milliseconds(3_600_000);

export const planWhileFresh = (freshUntil: EpochMs, now: EpochMs): WarmUpPlan => ({
  dueAt: epochMs(Math.min(freshUntil, after(now, LOOK_AGAIN_AFTER))),
  failures: 0,
});

/**
 * @param notBefore a pause that is known of: no request would be sent while it lasts
 * @param random in [0, 1): half of the pause is left to chance, so that replicas do not return together
 */
export const planAfterFailure = (
  { failures }: WarmUpPlan,
  notBefore: EpochMs | undefined,
  now: EpochMs,
  random: number,
): WarmUpPlan => {
  const pause = Math.min(FIRST_RETRY * 2 ** Math.min(failures, 32), LONGEST_RETRY);
  const retryAt = after(now, milliseconds(Math.round(pause * (0.5 + random / 2))));
  return {
    dueAt: epochMs(Math.max(notBefore ?? 0, retryAt)),
    failures: failures + 1,
  };
};
