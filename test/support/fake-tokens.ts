import { type Effects, systemEffects } from '../../src/base/effects.ts';
import { Secret } from '../../src/base/secret.ts';
import { epochMs } from '../../src/base/units.ts';
import { type AccessToken, DcrError, type TokenSource } from '../../src/oauth/index.ts';
import type { SuccessorOptions } from '../../src/oauth/token/token-holder.ts';

const tokenOf = (text: string): AccessToken => ({
  authorization: new Secret(`Bearer ${text}`),
  receivedAt: epochMs(0),
  expiresAt: epochMs(Number.MAX_SAFE_INTEGER),
});

/** The real clock, and timers that are over at the next turn: for what waits a moment before it judges. */
export const WITHOUT_PAUSES: Effects = {
  ...systemEffects,
  setTimer: (_, callback) => {
    const timer = setImmediate(callback);
    return () => clearImmediate(timer);
  },
};

/** A token source that does what the test says: `token-1`, and after each refusal the next, unless they are held back. */
export class FakeTokens implements TokenSource {
  readonly invalidated: string[] = [];
  /** Of those that were invalidated, which the API had taken before. */
  readonly revoked: string[] = [];
  /** How often a caller had to wait for a token. */
  waits = 0;
  /** While set, there is no token and whoever asks for one fails. */
  failure: DcrError | undefined;
  #count = 1;
  #current: AccessToken | undefined = tokenOf('token-1');
  #held = false;
  readonly #waiting = new Set<(token: AccessToken) => void>();

  /** From now on there is no token; callers wait until {@link release}. */
  hold(): void {
    this.#held = true;
    this.#current = undefined;
  }

  release(): void {
    this.#held = false;
    const token = this.#next();
    for (const resolve of this.#waiting) resolve(token);
    this.#waiting.clear();
  }

  /** Callers who wait at the moment. */
  get waiting(): number {
    return this.#waiting.size;
  }

  current(): AccessToken | undefined {
    return this.failure === undefined ? this.#current : undefined;
  }

  async token({ signal }: { readonly signal?: AbortSignal } = {}): Promise<AccessToken> {
    this.waits++;
    if (this.failure !== undefined) throw this.failure;
    if (!this.#held) return this.#current ?? this.#next();
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      signal?.addEventListener('abort', () => {
        this.#waiting.delete(resolve);
        reject(new DcrError('aborted', 'aborted'));
      });
    });
  }

  async successor(token: AccessToken, { proven }: SuccessorOptions): Promise<AccessToken> {
    if (token === this.#current) {
      this.invalidated.push(token.authorization.reveal());
      if (proven) this.revoked.push(token.authorization.reveal());
      this.#current = undefined;
    }
    return this.token();
  }

  status(): ReturnType<TokenSource['status']> {
    return {
      state: this.current() === undefined ? 'unavailable' : 'ready',
      registration: null,
      token: null,
      lastFailure: null,
      nextAttemptAt: null,
      counts: { registrations: 0, tokenRequests: 0, failures: 0, throttled: 0, invalidations: 0 },
    };
  }

  replaceStatement(): void {}

  async refresh(): Promise<void> {}

  async registerAnew(): Promise<void> {}

  async close(): Promise<void> {}

  #next(): AccessToken {
    this.#current = tokenOf(`token-${++this.#count}`);
    return this.#current;
  }
}
