import {
  LOOK_OUTCOMES,
  type LookOutcome,
  SAVE_OUTCOMES,
  type SaveOutcome,
} from '../cache/shared/shared-reports.ts';
import type { Instruments } from './instruments.ts';

/** What was counted, as one process tells it to another. */
export interface SharedCounts {
  readonly looks: Partial<Readonly<Record<LookOutcome, number>>>;
  readonly saves: Partial<Readonly<Record<SaveOutcome, number>>>;
}

/** Counts what became of looks into the reports that replicas share, and of reports that were to be shared. */
export class SharedTally {
  #looks: Partial<Record<LookOutcome, number>> = {};
  #saves: Partial<Record<SaveOutcome, number>> = {};

  looked(outcome: LookOutcome, times = 1): void {
    this.#looks[outcome] = this.looks(outcome) + times;
  }

  saved(outcome: SaveOutcome, times = 1): void {
    this.#saves[outcome] = this.saves(outcome) + times;
  }

  looks(outcome: LookOutcome): number {
    return this.#looks[outcome] ?? 0;
  }

  saves(outcome: SaveOutcome): number {
    return this.#saves[outcome] ?? 0;
  }

  /** What was counted since the last call. */
  take(): SharedCounts {
    const counts = { looks: this.#looks, saves: this.#saves };
    this.#looks = {};
    this.#saves = {};
    return counts;
  }

  /** Takes up what another process has counted. */
  add({ looks, saves }: SharedCounts): void {
    for (const outcome of LOOK_OUTCOMES) this.looked(outcome, looks[outcome] ?? 0);
    for (const outcome of SAVE_OUTCOMES) this.saved(outcome, saves[outcome] ?? 0);
  }
}

export const defineSharedMetrics = (instruments: Instruments, shared: SharedTally): void => {
  instruments.counter(
    'cmu_proxy_shared_report_looks_total',
    'Looks into the reports that replicas share, by what they came to.',
    ['outcome'],
    () => LOOK_OUTCOMES.map((outcome) => [{ outcome }, shared.looks(outcome)]),
  );
  instruments.counter(
    'cmu_proxy_shared_report_saves_total',
    'Reports that were fetched and might be shared, by what became of that.',
    ['outcome'],
    () => SAVE_OUTCOMES.map((outcome) => [{ outcome }, shared.saves(outcome)]),
  );
};
