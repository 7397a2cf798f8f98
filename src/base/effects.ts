import { type EpochMs, epochMs, type Milliseconds } from './units.ts';

/** Takes a timer back. Harmless when it has fired already. */
export type CancelTimer = () => void;

/** Time and chance. They come in as a parameter, so that tests own them. */
export interface Effects {
  /** The wall clock. It may jump in either direction. */
  now(): EpochMs;
  /** Uniform in [0, 1), like `Math.random`. */
  random(): number;
  /** Calls back once, after `delay`, never synchronously. The timer alone does not keep the process alive. */
  setTimer(delay: Milliseconds, callback: () => void): CancelTimer;
}

/** The real clock, dice and timers. */
export const systemEffects: Effects = {
  now: () => epochMs(Date.now()),
  random: () => Math.random(),
  setTimer: (delay, callback) => {
    const timer = setTimeout(callback, delay).unref();
    return () => clearTimeout(timer);
  },
};
