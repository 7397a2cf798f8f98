import { type EpochMs, epochMs, type Milliseconds } from './units.ts';

/** Harmless when the timer has fired already. */
export type CancelTimer = () => void;

/** Time and chance. They come in as a parameter, so that tests own them. */
export interface Effects {
  /** The wall clock's at the start, counted evenly from then on: to set that clock moves no pause, age or deadline. */
  now(): EpochMs;
  /** Uniform in [0, 1), like `Math.random`. */
  random(): number;
  /** Calls back once, after `delay`, never synchronously. The timer alone does not keep the process alive. */
  setTimer(delay: Milliseconds, callback: () => void): CancelTimer;
}

/**
 * Does something again and again, each time so long after it was over the time before.
 * @param task is given what says whether it was ended meanwhile
 * @returns what ends it
 */
export const repeatedly = (
  effects: Pick<Effects, 'setTimer'>,
  pause: Milliseconds,
  task: (isOver: () => boolean) => void | Promise<void>,
): CancelTimer => {
  let over = false;
  const next = (): CancelTimer =>
    effects.setTimer(pause, async () => {
      await task(() => over);
      if (!over) cancel = next();
    });
  let cancel = next();
  return () => {
    over = true;
    cancel();
  };
};

/** The wall clock at the start of the program's own time. */
const STARTED_AT = Date.now() - performance.now();

export const systemEffects: Effects = {
  now: () => epochMs(Math.floor(STARTED_AT + performance.now())),
  random: () => Math.random(),
  setTimer: (delay, callback) => {
    const timer = setTimeout(callback, delay).unref();
    return () => clearTimeout(timer);
  },
};
