import type { AccessToken } from '../protocol/credentials.ts';
import type { DcrError } from '../protocol/dcr-error.ts';
import { unlessAborted } from '../protocol/deadline.ts';

/** Callers who wait for the next token. All of them get the same outcome, except those who leave before. */
export class WaitingRoom {
  #next: PromiseWithResolvers<AccessToken> | undefined;

  /** @throws {DcrError} what {@link rejectAll} is given, or `aborted` when `signal` aborts first. */
  wait(signal: AbortSignal | undefined): Promise<AccessToken> {
    this.#next ??= Promise.withResolvers();
    return signal === undefined ? this.#next.promise : unlessAborted(this.#next.promise, signal);
  }

  resolveAll(token: AccessToken): void {
    this.#next?.resolve(token);
    this.#next = undefined;
  }

  rejectAll(error: DcrError): void {
    this.#next?.reject(error);
    this.#next = undefined;
  }
}
