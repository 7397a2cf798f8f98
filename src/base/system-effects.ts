import type { Effects } from './effects.ts';
import { epochMs } from './units.ts';

/** The real clock, dice and timers. The only file in `dcr/` that touches them. */
export const systemEffects: Effects = {
  now: () => epochMs(Date.now()),
  random: () => Math.random(),
  setTimer: (delay, callback) => {
    const timer = setTimeout(callback, delay).unref();
    return () => clearTimeout(timer);
  },
};
