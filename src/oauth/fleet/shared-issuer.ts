import { repeatedly } from '../../base/effects.ts';
import { between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { SharedStoreError } from '../../redis/redis-link.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import { asDcrError, type DcrError } from '../protocol/dcr-error.ts';
import { waitFor } from '../protocol/deadline.ts';
import type { StoredState } from '../state/credential-store.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import { TokenIssuer, type TokenIssuerOptions } from '../token/token-issuer.ts';
import {
  momentAlone,
  POLL_EVERY,
  pauseAfter,
  RENEW_EVERY,
  RETRY_EVERY,
  spreadOf,
  spreadOut,
  succeeds,
} from './fleet-policy.ts';
import type { FleetSnapshot, FleetStore, Lease } from './redis-fleet-store.ts';
import { StoreHealth } from './store-health.ts';

/** Whoever has the lease registers and gets a token within this time, time-outs included. */
const LONGEST_WAIT_FOR_OTHERS: Milliseconds = seconds(45);
/** The same, where somebody wakes us every moment. */
const MOST_LOOKS = 1_000;

/**
 * One of many replicas with the same statement: looks for what another has got already, and only the one that holds the
 * lease calls Adobe. Without the shared store it goes on alone, at a moment of its own.
 */
export class SharedIssuer extends TokenIssuer {
  readonly #fleet: FleetStore;
  readonly #replicas: number;
  readonly #health: StoreHealth;
  #held: AccessToken | undefined;
  #rejected: AccessToken | undefined;
  /** Ends the wait under way, if there is one. */
  #wake = () => {};
  #unlisten: () => void;

  constructor(options: TokenIssuerOptions, fleet: { readonly store: FleetStore; readonly replicas: number }) {
    super(options);
    this.#fleet = fleet.store;
    this.#replicas = fleet.replicas;
    this.#health = new StoreHealth(options.onEvent);
    this.#unlisten = this.#listen();
  }

  override async restore(): Promise<AccessToken | undefined> {
    await this.#fleet.settled();
    const token = await super.restore();
    if (token !== undefined) {
      this.#held = token;
      // A replica that worked alone before has something to bring.
      this.#offer();
    }
    return token;
  }

  /** It goes before what this replica has kept itself, which may have lived through an outage of the shared store. */
  protected override async load(): Promise<StoredState | undefined> {
    try {
      const { state } = await this.#fleet.read(this.binding);
      if (state !== undefined) return state;
    } catch (error) {
      if (!(error instanceof SharedStoreError)) throw error;
    }
    return super.load();
  }

  override async issue(signal: AbortSignal): Promise<AccessToken> {
    const dice = this.options.effects.random();
    let lostAt: EpochMs | undefined;
    for (;;) {
      try {
        this.#held = await this.#together(signal);
        return this.#held;
      } catch (error) {
        this.#health.expect(error);
      }
      const now = this.options.effects.now();
      lostAt ??= now;
      // Asked anew each time: the token in hand may be refused meanwhile.
      const aloneAt = momentAlone(lostAt, this.#held?.expiresAt, spreadOf(this.#replicas), dice);
      if (now >= aloneAt) {
        this.#held = await super.issue(signal);
        return this.#held;
      }
      const wait = Math.min(between(now, aloneAt), spreadOut(RETRY_EVERY, this.options.effects.random()));
      await this.#changeOr(milliseconds(wait), signal, ['reachable']);
    }
  }

  override hurry(token: AccessToken): void {
    this.#rejected = token;
    if (this.#held === token) this.#held = undefined;
    this.#wake();
  }

  override replaceStatement(statement: SoftwareStatement): void {
    this.#held = undefined;
    this.#rejected = undefined;
    super.replaceStatement(statement);
    this.#unlisten();
    this.#unlisten = this.#listen();
  }

  override async close(): Promise<void> {
    this.#unlisten();
    await super.close();
  }

  /** Takes what another replica got, or gets it under the lease, or waits for whoever has that. */
  async #together(signal: AbortSignal): Promise<AccessToken> {
    const since = this.options.effects.now();
    for (let look = 1; ; look += 1) {
      if (look > MOST_LOOKS || between(since, this.options.effects.now()) > LONGEST_WAIT_FOR_OTHERS) {
        throw new SharedStoreError('Others have held the lease for too long');
      }
      const claim = await this.#claim();
      this.#health.answers();
      if (claim.forged) this.#health.forged();
      const { state, failure, lease, leasedFor } = claim;
      const theirs = this.#successorIn(state);
      if (state !== undefined && theirs !== undefined) {
        if (lease !== undefined) await this.#giveBack(lease);
        return this.#take(state, theirs);
      }
      if (lease !== undefined) return this.#lead(claim, lease, signal);
      if (failure !== undefined) throw failure;
      const limit = Math.min(leasedFor ?? 0, POLL_EVERY);
      await this.#changeOr(
        spreadOut(milliseconds(Math.max(limit, 50)), this.options.effects.random()),
        signal,
        ['changed', 'reachable', 'lost'],
      );
    }
  }

  /** Looks first: a lease that is taken only to find a token makes everybody else wait for nothing. */
  async #claim(): Promise<FleetSnapshot> {
    const seen = await this.#fleet.read(this.binding);
    const settled = seen.leasedFor !== undefined || seen.failure !== undefined;
    return settled || this.#successorIn(seen.state) !== undefined ? seen : this.#fleet.claim(this.binding);
  }

  async #lead(claim: FleetSnapshot, lease: Lease, signal: AbortSignal): Promise<AccessToken> {
    if (claim.state !== undefined) {
      const { token: _, ...withoutToken } = claim.state;
      this.adopt(withoutToken);
    }
    // Should it end all the same, the fence guards what we write.
    const stopRenewing = repeatedly(this.options.effects, RENEW_EVERY, () => {
      this.#fleet.renew(lease).catch((error: unknown) => this.#health.failed(error));
    });
    let token: AccessToken;
    try {
      token = await super.issue(signal, async (state) => {
        // A lease that was superseded or a store that is away shows when the token is shared.
        await this.#fleet.save(lease, state).catch(() => {});
      });
    } catch (thrown) {
      const error = asDcrError(thrown);
      // Our own end is no failure of the fleet's: the next one may try at once.
      const pause = pauseAfter(error, claim.failures, this.options.effects.random());
      await this.#giveBack(lease, signal.aborted ? undefined : { error, pause });
      throw error;
    } finally {
      stopRenewing();
    }
    return this.#share(lease, token);
  }

  async #share(lease: Lease, token: AccessToken): Promise<AccessToken> {
    const { state: ours } = this;
    if (ours === undefined) return token;
    try {
      if ((await this.#fleet.save(lease, ours)) === 'saved') {
        await this.#fleet.release(lease);
        return token;
      }
      // We stalled, and somebody else went on: there is to be one token, and it is theirs.
      this.options.onEvent({ event: 'lease-superseded' });
      const { state } = await this.#fleet.read(lease.binding);
      const theirs = this.#successorIn(state);
      return state !== undefined && theirs !== undefined ? this.#take(state, theirs) : token;
    } catch (error) {
      if (error instanceof SharedStoreError) this.#health.failed(error);
      // The token is good all the same; it is offered when the store returns.
      return token;
    }
  }

  #take(state: StoredState, token: AccessToken): AccessToken {
    this.adopt(state);
    this.options.onEvent({
      event: 'shared-token-taken',
      clientId: state.credentials.clientId,
      expiresAt: token.expiresAt,
    });
    return token;
  }

  /** If it fails, the lease ends by itself. */
  async #giveBack(lease: Lease, failure?: { error: DcrError; pause: Milliseconds }): Promise<void> {
    try {
      await this.#fleet.release(lease, failure);
    } catch (error) {
      this.#health.expect(error);
    }
  }

  #listen(): () => void {
    return this.#fleet.onChange(this.binding, (change) => {
      if (change === 'lost')
        this.#health.failed(new SharedStoreError('The connection to the shared store is lost'));
      if (change !== 'reachable') return;
      this.#health.answers();
      this.#offer();
    });
  }

  /** What we got alone, or what a store without persistence forgot. */
  #offer(): void {
    const { state } = this;
    const expiresAt = state?.token === this.#held ? this.#held?.expiresAt : undefined;
    if (state === undefined || expiresAt === undefined || expiresAt <= this.options.effects.now()) return;
    this.#fleet.offer(this.binding, state).catch((error: unknown) => this.#health.failed(error));
  }

  #changeOr(limit: Milliseconds, signal: AbortSignal, changes: readonly string[]): Promise<void> {
    return waitFor(this.options.effects, limit, signal, (wake) => {
      this.#wake = wake;
      return this.#fleet.onChange(this.binding, (change) => {
        if (changes.includes(change)) wake();
      });
    });
  }

  /** The token that saves us a call. */
  #successorIn(state: StoredState | undefined): AccessToken | undefined {
    const own = { held: this.#held, rejected: this.#rejected };
    return succeeds(state?.token, own, this.options.effects.now()) ? state?.token : undefined;
  }
}
