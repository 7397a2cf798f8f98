import type { EpochMs, Milliseconds } from './units.ts';

/** Takes a timer back. Harmless when it has fired already. */
export type CancelTimer = () => void;

/** Everything in `dcr/` that is not a function of its arguments comes through here, so that tests own time and chance. */
export interface Effects {
  /** The wall clock. It may jump in either direction. */
  now(): EpochMs;
  /** Uniform in [0, 1), like `Math.random`. */
  random(): number;
  /** Calls back once, after `delay` (never synchronously). The timer alone does not keep the process alive. */
  setTimer(delay: Milliseconds, callback: () => void): CancelTimer;
}
