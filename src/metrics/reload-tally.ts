import { type EpochMs, isoTime } from '../base/units.ts';
import type { Metrics } from './instruments.ts';

const RELOAD_OUTCOMES = ['applied', 'refused'] as const;
type ReloadOutcome = (typeof RELOAD_OUTCOMES)[number];

/** How readings of the configuration went since the start, which counts as the first good one. */
export class ReloadTally {
  readonly #now: () => EpochMs;
  readonly #counts: Record<ReloadOutcome, number> = { applied: 0, refused: 0 };
  #last: ReloadOutcome | null = null;
  #appliedAt: EpochMs;
  #waiting = 0;

  constructor(now: () => EpochMs) {
    this.#now = now;
    this.#appliedAt = now();
  }

  /** @param waiting how many settings have another value in the configuration than in the process, until it restarts */
  record(outcome: ReloadOutcome, waiting: number): void {
    this.#counts[outcome]++;
    this.#last = outcome;
    if (outcome === 'refused') return;
    this.#appliedAt = this.#now();
    this.#waiting = waiting;
  }

  status() {
    return { lastReload: this.#last, since: isoTime(this.#appliedAt) };
  }

  /** Names and meanings are those of Prometheus' own. */
  readonly metrics: Metrics = {
    cmu_proxy_config_last_reload_successful: [
      '0 while the last change of the configuration was refused, and the one before runs on.',
      () => (this.#last === 'refused' ? 0 : 1),
    ],
    cmu_proxy_config_last_reload_success_timestamp_seconds: [
      'When the configuration that runs was taken up.',
      () => this.#appliedAt / 1000,
    ],
    cmu_proxy_config_waiting_settings: ['Settings whose change waits for a restart.', () => this.#waiting],
    cmu_proxy_config_reloads_total: [
      'Readings of the configuration while running, by outcome: applied or refused.',
      () => RELOAD_OUTCOMES.map((outcome) => [{ outcome }, this.#counts[outcome]]),
    ],
  };
}
