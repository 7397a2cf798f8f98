const INTERVAL_MS = 250;
/** Beyond, requests are refused: whoever waits in line has waited for longer than a report takes at Adobe. */
const MOST_DELAY_MS = 1_000;

export interface EventLoopDelay {
  /** Whether the process is so far behind that taking up more would only make all callers wait longer. */
  isTooLong(): boolean;
  close(): void;
}

/**
 * Measures how late timers fire. One late timer may be a pause of the machine; two in a row are load.
 * @param every calls back again and again, and gives a function that ends it
 */
export const watchEventLoop = (
  elapsed: () => number = () => performance.now(),
  every: (milliseconds: number, callback: () => void) => () => void = unrefInterval,
): EventLoopDelay => {
  let lastAt = elapsed();
  let lastDelay = 0;
  let delay = 0;
  const close = every(INTERVAL_MS, () => {
    const now = elapsed();
    lastDelay = delay;
    delay = now - lastAt - INTERVAL_MS;
    lastAt = now;
  });
  return { isTooLong: () => Math.min(lastDelay, delay) > MOST_DELAY_MS, close };
};

const unrefInterval = (milliseconds: number, callback: () => void): (() => void) => {
  const timer = setInterval(callback, milliseconds).unref();
  return () => clearInterval(timer);
};
