import { Secret } from '../../src/base/secret.ts';
import { epochMs } from '../../src/base/units.ts';
import type { AccessToken, TokenSource } from '../../src/oauth/index.ts';
import { DcrError } from '../../src/oauth/index.ts';

const tokenOf = (text: string): AccessToken => ({
  authorization: new Secret(`Bearer ${text}`),
  receivedAt: epochMs(0),
  expiresAt: epochMs(Number.MAX_SAFE_INTEGER),
});

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

  invalidate(token: AccessToken, { served = false }: { readonly served?: boolean } = {}): void {
    this.invalidated.push(token.authorization.reveal());
    if (served) this.revoked.push(token.authorization.reveal());
    if (token !== this.#current) return;
    this.#current = undefined;
    if (!this.#held) this.#next();
  }

  async successor(token: AccessToken): Promise<AccessToken> {
    this.invalidate(token);
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

  async close(): Promise<void> {}

  #next(): AccessToken {
    this.#current = tokenOf(`token-${++this.#count}`);
    return this.#current;
  }
}
