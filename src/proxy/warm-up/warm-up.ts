import type { CancelTimer, Effects } from '../../base/effects.ts';
import { after, between, type EpochMs, epochMs, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { Gateway } from '../gateway.ts';
import type { PrefetchFailure, WantedReport } from '../reports/prefetch.ts';

export interface WarmUpOptions {
  readonly reports: readonly WantedReport[];
  readonly interval: Milliseconds;
  readonly source: Pick<Gateway, 'freshUntil' | 'prefetch'>;
  readonly effects: Effects;
  /** A report could not be stored: told once until it can be again. */
  readonly onFailed: (report: WantedReport, failure: PrefetchFailure) => void;
  readonly onRecovered: (report: WantedReport) => void;
}

interface Kept {
  readonly report: WantedReport;
  dueAt: EpochMs;
  failures: number;
}

/**
 * Keeps reports in the store: fetches them at start, in order, and again as they expire. One request is under way at a
 * time, and one is sent in an interval, so that it takes little of what Adobe grants to callers.
 */
export class WarmUp {
  readonly #options: WarmUpOptions;
  readonly #kept: readonly Kept[];
  #closed = false;
  #cancelTimer: CancelTimer | undefined;

  constructor(options: WarmUpOptions) {
    this.#options = options;
    const now = options.effects.now();
    this.#kept = options.reports.map((report) => ({ report, dueAt: now, failures: 0 }));
  }

  start(): void {
    if (this.#kept.length > 0) void this.#run();
  }

  /** Nothing is fetched any more; what is under way ends unheeded. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
  }

  async #run(): Promise<void> {
    const { effects, source, interval } = this.#options;
    let notBefore = effects.now();
    while (!this.#closed) {
      const kept = this.#kept.reduce((one, other) => (other.dueAt < one.dueAt ? other : one));
      const now = effects.now();
      if (kept.dueAt > now) {
        await this.#until(kept.dueAt, now);
      } else if (this.#isFresh(kept, now)) {
        // It is not due any more.
      } else if (notBefore > now) {
        await this.#until(notBefore, now);
      } else {
        notBefore = after(now, interval);
        this.#note(kept, await source.prefetch(kept.report));
      }
    }
  }

  #until(due: EpochMs, now: EpochMs): Promise<void> {
    const { setTimer } = this.#options.effects;
    return new Promise((resolve) => {
      this.#cancelTimer = setTimer(between(now, due), resolve);
    });
  }

  #isFresh(kept: Kept, now: EpochMs): boolean {
    const freshUntil = this.#options.source.freshUntil(kept.report);
    if (freshUntil === undefined || freshUntil <= now) return false;
    if (kept.failures > 0) this.#options.onRecovered(kept.report);
    kept.dueAt = lookAgainAt(freshUntil, now);
    kept.failures = 0;
    return true;
  }

  #note(kept: Kept, failure: PrefetchFailure | undefined): void {
    const { effects, onFailed } = this.#options;
    const now = effects.now();
    if (failure === undefined && this.#isFresh(kept, now)) return;
    // It has no lifetime, or the cache no room for it.
    if (kept.failures === 0) onFailed(kept.report, failure ?? { reason: 'not-stored' });
    kept.dueAt = retryAt(kept.failures, failure?.notBefore, now, effects.random());
    kept.failures++;
  }
}

/** A fresh report may still be gone: evicted, or purged. A look counts as a use, which keeps it in the store. */
const LOOK_AGAIN_AFTER = milliseconds(60_000);

/** Pauses after failures: doubled each time up to the longest, which a report that is gone ends at. */
const FIRST_RETRY = milliseconds(15_000);
const LONGEST_RETRY = milliseconds(3_600_000);

export const lookAgainAt = (freshUntil: EpochMs, now: EpochMs): EpochMs =>
  epochMs(Math.min(freshUntil, after(now, LOOK_AGAIN_AFTER)));

/**
 * @param failures in a row, before this one
 * @param notBefore a pause that is known of: no request would be sent while it lasts
 * @param random in [0, 1): half of the pause is left to chance, so that replicas do not return together
 */
export const retryAt = (
  failures: number,
  notBefore: EpochMs | undefined,
  now: EpochMs,
  random: number,
): EpochMs => {
  const pause = Math.min(FIRST_RETRY * 2 ** Math.min(failures, 32), LONGEST_RETRY);
  return epochMs(Math.max(notBefore ?? 0, now + Math.round(pause * (0.5 + random / 2))));
};
