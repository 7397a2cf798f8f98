import type { CancelTimer, Effects } from '../../base/effects.ts';
import type { EpochMs, Milliseconds } from '../../base/units.ts';
import { after, milliseconds } from '../../base/units.ts';
import type { PrefetchFailure, WantedReport } from '../reports/report-prefetch.ts';
import { planAfterFailure, planAtStart, planWhileFresh, type WarmUpPlan } from './warm-up-schedule.ts';

/** Where reports are had from; the gateway's `prefetch` is one. */
export interface ReportSource {
  freshUntil(report: WantedReport): EpochMs | undefined;
  fetch(report: WantedReport, onOver: (failure: PrefetchFailure | undefined) => void): void;
}

export interface WarmUpOptions {
  readonly reports: readonly WantedReport[];
  /** Least time between two requests. */
  readonly interval: Milliseconds;
  readonly source: ReportSource;
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
  /** When the next request may be sent. */
  #notBefore: EpochMs;
  #busy = false;
  #closed = false;
  #cancelTimer: CancelTimer | undefined;

  constructor(options: WarmUpOptions) {
    this.#options = options;
    const now = options.effects.now();
    this.#notBefore = now;
    this.#kept = options.reports.map((report) => ({ report, plan: planAtStart(now) }));
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
    const { effects, source, interval } = this.#options;
    while (!this.#closed && !this.#busy) {
      const kept = this.#mostUrgent();
      if (kept === undefined) return;
      const now = effects.now();
      if (kept.plan.dueAt > now) {
        this.#wait(milliseconds(kept.plan.dueAt - now));
        return;
      }
      const freshUntil = source.freshUntil(kept.report);
      if (freshUntil !== undefined && freshUntil > now) {
        this.#stored(kept, freshUntil, now);
        continue;
      }
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
      const freshUntil = failure === undefined ? source.freshUntil(kept.report) : undefined;
      if (freshUntil !== undefined && freshUntil > now) this.#stored(kept, freshUntil, now);
      else this.#failed(kept, failure ?? NOT_FRESH, now);
      if (returned) this.#next();
    });
    returned = true;
  }

  #stored(kept: Kept, freshUntil: EpochMs, now: EpochMs): void {
    const failedBefore = kept.plan.failures > 0;
    kept.plan = planWhileFresh(freshUntil, now);
    if (failedBefore) this.#options.onRecovered(kept.report);
  }

  #failed(kept: Kept, failure: PrefetchFailure, now: EpochMs): void {
    const { effects, onFailed } = this.#options;
    const firstTime = kept.plan.failures === 0;
    kept.plan = planAfterFailure(kept.plan, failure.notBefore, now, effects.random());
    if (firstTime) onFailed(kept.report, failure);
  }

  #mostUrgent(): Kept | undefined {
    let found: Kept | undefined;
    for (const kept of this.#kept) {
      if (found === undefined || kept.plan.dueAt < found.plan.dueAt) found = kept;
    }
    return found;
  }

  #wait(delay: Milliseconds): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.effects.setTimer(delay, () => this.#next());
  }
}

/** Its lifetime is none, or the cache has no room for it. */
const NOT_FRESH: PrefetchFailure = { reason: 'not-stored' };
