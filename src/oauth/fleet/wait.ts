import type { Effects } from '../../base/effects.ts';
import type { Milliseconds } from '../../base/units.ts';
import { abortedError } from '../protocol/deadline.ts';

/**
 * Resolves after `limit`, or when `listen` calls back before.
 * @param listen begins to listen and returns how to end it
 * @throws {DcrError} `aborted` when `signal` aborts first
 */
export function waitFor(
  effects: Effects,
  limit: Milliseconds,
  signal: AbortSignal,
  listen: (wake: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      cancel();
      unlisten();
      signal.removeEventListener('abort', onAbort);
    };
    const wake = () => {
      end();
      resolve();
    };
    const onAbort = () => {
      end();
      reject(abortedError(signal));
    };
    const cancel = effects.setTimer(limit, wake);
    const unlisten = listen(wake);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
