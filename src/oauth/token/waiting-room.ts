import type { AccessToken } from '../protocol/credentials.ts';
import type { DcrError } from '../protocol/dcr-error.ts';
import { abortedError } from '../protocol/deadline.ts';

interface Waiter {
  readonly resolve: (token: AccessToken) => void;
  readonly reject: (error: DcrError) => void;
}

/** Callers who wait for the next token. All of them get the same outcome, except those who leave before. */
export class WaitingRoom {
  readonly #waiters = new Set<Waiter>();

  /** @throws {DcrError} what {@link rejectAll} is given, or `aborted` when `signal` aborts first. */
  wait(signal: AbortSignal | undefined): Promise<AccessToken> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        leave();
        if (signal !== undefined) reject(abortedError(signal));
      };
      const leave = () => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        resolve: (token) => {
          leave();
          resolve(token);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  resolveAll(token: AccessToken): void {
    for (const waiter of this.#waiters) waiter.resolve(token);
  }

  rejectAll(error: DcrError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}
