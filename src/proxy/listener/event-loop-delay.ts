import { type Effects, repeatedly, systemEffects } from '../../base/effects.ts';
import { between, milliseconds } from '../../base/units.ts';

const INTERVAL = milliseconds(250);
/** Beyond, requests are refused: whoever waits in line has waited for longer than a report takes at Adobe. */
const MOST_DELAY = milliseconds(1_000);

export type EventLoopDelay = ReturnType<typeof watchEventLoop>;

/** Measures how late timers fire. One late timer may be a pause of the machine; two in a row are load. */
export const watchEventLoop = (effects: Pick<Effects, 'now' | 'setTimer'> = systemEffects) => {
  let lastAt = effects.now();
  let lastDelay = 0;
  let delay = 0;
  const close = repeatedly(effects, INTERVAL, () => {
    const now = effects.now();
    lastDelay = delay;
    delay = between(lastAt, now) - INTERVAL;
    lastAt = now;
  });
  /** Whether the process is so far behind that taking up more would only make all callers wait longer. */
  const isTooLong = (): boolean => Math.min(lastDelay, delay) > MOST_DELAY;
  return { isTooLong, close };
};
