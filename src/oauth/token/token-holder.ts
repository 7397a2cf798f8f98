import type { Effects } from '../../base/effects.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import { DcrError } from '../protocol/dcr-error.ts';
import { abortedError, unlessAborted } from '../protocol/deadline.ts';
import { ifUsable } from './refresh-policy.ts';

export interface SuccessorOptions {
  /** Whether the API has taken it before: then it was revoked, however young it is. */
  readonly proven: boolean;
  /** The API says that the client is no longer good: register anew first, unless that was tried a short while ago. */
  readonly newClient: boolean;
  readonly signal?: AbortSignal;
}

export type TokenSupply = Pick<TokenHolder, keyof TokenHolder>;

/** Holds the newest token, and callers who wait for the next: those who stay get the same outcome. */
export abstract class TokenHolder {
  protected readonly effects: Effects;
  protected newest: AccessToken | undefined;
  protected closed = false;
  #next: PromiseWithResolvers<AccessToken> | undefined;

  constructor(effects: Effects) {
    this.effects = effects;
  }

  /** The newest token if it is usable now, else `undefined`. Synchronous: the hot path awaits nothing. */
  current(): AccessToken | undefined {
    return ifUsable(this.newest, this.effects.now());
  }

  /**
   * The newest token, or the one that the flight under way brings, which is started if the back-off allows.
   * @throws {DcrError} when none can be had now, or when `signal` aborts (its reason is then the cause).
   */
  async token({ signal }: { readonly signal?: AbortSignal } = {}): Promise<AccessToken> {
    return this.current() ?? this.#wait(signal, () => this.expect());
  }

  /**
   * Another token than this one, which the API refused. The refused one stays the newest until the other is there.
   * @throws {DcrError} when none can be had now: `token_rejected` while new tokens, or new clients, are refused as well
   */
  async successor(token: AccessToken, options: SuccessorOptions): Promise<AccessToken> {
    const newest = this.current();
    if (newest !== undefined && newest !== token) return newest;
    return this.#wait(options.signal, () => this.replace(token, options));
  }

  /** Has a token fetched. @throws {DcrError} when nobody is to wait for it */
  protected abstract expect(): void;

  /** Has a successor fetched. @throws {DcrError} as `expect` */
  protected abstract replace(token: AccessToken, options: SuccessorOptions): void;

  protected resolveAll(token: AccessToken): void {
    this.#next?.resolve(token);
    this.#next = undefined;
  }

  protected rejectAll(error: DcrError): void {
    this.#next?.reject(error);
    this.#next = undefined;
  }

  #wait(signal: AbortSignal | undefined, prepare: () => void): Promise<AccessToken> {
    if (this.closed) throw closedError();
    if (signal?.aborted) throw abortedError(signal);
    prepare();
    this.#next ??= Promise.withResolvers();
    return unlessAborted(this.#next.promise, signal);
  }
}

export const closedError = (): DcrError => new DcrError('closed', 'The token source is closed');
