import type { Effects } from '../../base/effects.ts';
import type { Milliseconds } from '../../base/units.ts';
import { DcrError } from './dcr-error.ts';

/**
 * Runs `work` for at most `timeout`. Its signal aborts when the time is up or `signal` aborts, and the result is
 * settled then even if `work` does not listen: nothing outside may hold a flight open.
 * @throws {DcrError} `timeout`, or `aborted` with the signal's reason as cause.
 */
export function withDeadline<T>(
  effects: Effects,
  timeout: Milliseconds,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(abortedError(signal));
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const fail = (error: DcrError) => {
      finish();
      reject(error);
      controller.abort(error);
    };
    const onAbort = () => signal && fail(abortedError(signal));
    const cancelTimer = effects.setTimer(timeout, () =>
      fail(new DcrError('timeout', `No complete answer within ${timeout} ms`)),
    );
    const finish = () => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const started = async () => work(controller.signal);
    started().then(
      (value) => {
        finish();
        resolve(value);
      },
      (error) => {
        finish();
        reject(error);
      },
    );
  });
}

export const abortedError = (signal: AbortSignal): DcrError =>
  signal.reason instanceof DcrError
    ? signal.reason
    : new DcrError('aborted', 'The wait was given up', { cause: signal.reason });

/**
 * Resolves after `limit`, or when `listen` calls back before.
 * @param listen begins to listen and returns how to end it
 * @throws {DcrError} `aborted` when `signal` aborts first
 */
export function waitFor(
  effects: Effects,
  limit: Milliseconds,
  signal: AbortSignal,
  listen: (wake: () => void) => () => void = () => () => {},
): Promise<void> {
  if (signal.aborted) return Promise.reject(abortedError(signal));
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
  });
}
