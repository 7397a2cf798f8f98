import type { Effects } from '../../base/effects.ts';
import type { Milliseconds } from '../../base/units.ts';
import { DcrError } from './dcr-error.ts';

/**
 * Runs `work` for at most `timeout`, or until `signal` aborts, even if it does not listen: nothing may hold a flight
 * open.
 * @throws {DcrError} `timeout`, or `aborted` with the signal's reason as cause.
 */
export async function withDeadline<T>(
  effects: Effects,
  timeout: Milliseconds,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw abortedError(signal);
  const late = new AbortController();
  const cancelTimer = effects.setTimer(timeout, () =>
    late.abort(new DcrError('timeout', `No complete answer within ${timeout} ms`)),
  );
  const inner = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  try {
    return await unlessAborted(work(inner), inner);
  } finally {
    cancelTimer();
  }
}

/**
 * Resolves after `limit`, or when `listen` calls back before.
 * @param listen begins to listen, and may return how to end it
 * @throws {DcrError} `aborted` when `signal` aborts first
 */
export async function waitFor(
  effects: Effects,
  limit: Milliseconds,
  signal?: AbortSignal,
  listen: (wake: () => void) => (() => void) | undefined = () => undefined,
): Promise<void> {
  if (signal?.aborted) throw abortedError(signal);
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancelTimer = effects.setTimer(limit, resolve);
  const unlisten = listen(resolve);
  try {
    await unlessAborted(promise, signal);
  } finally {
    cancelTimer();
    unlisten?.();
  }
}

/** Settles as `work` does. @throws {DcrError} `aborted` when `signal` aborts first */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) return Promise.reject(abortedError(signal));
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abortedError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}

export const abortedError = (signal: AbortSignal): DcrError =>
  signal.reason instanceof DcrError
    ? signal.reason
    : new DcrError('aborted', 'The wait was given up', { cause: signal.reason });
