import type { CancelTimer, Effects } from '../../base/effects.ts';
import {
  after,
  between,
  type EpochMs,
  epochMs,
  type Milliseconds,
  milliseconds,
  seconds,
} from '../../base/units.ts';
import type { AccessToken } from '../protocol/access-token.ts';
import { asDcrError, DcrError } from '../protocol/dcr-error.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import { abortedError } from '../protocol/deadline.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import { type BackoffPolicy, DEFAULT_BACKOFF, delayAfterFailure, delayAfterRejection } from './backoff.ts';
import { type DatedFailure, type HeldToken, lifecycleStatus } from './lifecycle-status.ts';
import {
  DEFAULT_REFRESH,
  type RefreshPolicy,
  refreshAt,
  rejectedFresh,
  usableUntil,
} from './refresh-policy.ts';
import type { TokenIssuer } from './token-issuer.ts';
import type { TokenSource, TokenSourceStatus } from './token-source.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface LifecyclePolicy {
  readonly refresh: RefreshPolicy;
  readonly backoff: BackoffPolicy;
  /** A caller without a token waits for an attempt that is due within this time; else it is told at once. */
  readonly patience: Milliseconds;
}

export const DEFAULT_POLICY: LifecyclePolicy = {
  refresh: DEFAULT_REFRESH,
  backoff: DEFAULT_BACKOFF,
  patience: seconds(2),
};

/** Timers count running time, deadlines are on the wall clock: look at the clock at least this often. */
const LONGEST_SLEEP: Milliseconds = seconds(60);
/** Even tokens that are dead on arrival are not fetched in a tight loop. */
const SHORTEST_CYCLE: Milliseconds = milliseconds(500);

/**
 * Remembers the token of a {@link TokenIssuer}, replaces it ahead of time, and stands between callers and failures:
 * Go's `oauth2.ReuseTokenSource` with what a sidecar needs on top.
 *
 * At any time either one flight is under way or the next is planned at `#dueAt`.
 */
export class LastingTokenSource implements TokenSource {
  readonly #issuer: TokenIssuer;
  readonly #effects: Effects;
  readonly #onEvent: DcrEventListener;
  readonly #policy: LifecyclePolicy;
  readonly #waitingRoom = new WaitingRoom();
  #held: HeldToken | undefined;
  #flight: AbortController | undefined;
  #landed: Promise<void> = Promise.resolve();
  #dueAt: EpochMs | null = null;
  #plannedAt: EpochMs | undefined;
  #cancelTimer: CancelTimer | undefined;
  #failure: DatedFailure | undefined;
  #failuresInRow = 0;
  #rejectionsInRow = 0;
  #failures = 0;
  #invalidations = 0;
  #closed = false;

  constructor(issuer: TokenIssuer, effects: Effects, onEvent: DcrEventListener, policy: LifecyclePolicy) {
    this.#issuer = issuer;
    this.#effects = effects;
    this.#onEvent = onEvent;
    this.#policy = policy;
    this.#launch();
  }

  current(): AccessToken | undefined {
    const held = this.#held;
    return held !== undefined && this.#effects.now() < held.usableUntil ? held.token : undefined;
  }

  async token({ signal }: { readonly signal?: AbortSignal } = {}): Promise<AccessToken> {
    const usable = this.current();
    if (usable !== undefined) return usable;
    if (this.#closed) throw closedError();
    if (signal?.aborted) throw abortedError(signal);
    if (this.#flight === undefined) this.#launchOrRefuse();
    return this.#waitingRoom.wait(signal);
  }

  invalidate(token: AccessToken, { served = false }: { readonly served?: boolean } = {}): void {
    if (this.#held?.token !== token || this.#closed) return;
    const now = this.#effects.now();
    this.#held = undefined;
    this.#invalidations += 1;
    const neverGood = !served && rejectedFresh(token, now, this.#policy.refresh);
    this.#rejectionsInRow = neverGood ? this.#rejectionsInRow + 1 : 1;
    this.#onEvent({
      event: 'token-rejected',
      age: between(token.receivedAt, now),
      consecutive: this.#rejectionsInRow,
    });
    this.#issuer.forget(token);
    if (this.#flight !== undefined) return;
    const pause = delayAfterRejection(this.#rejectionsInRow, this.#effects.random(), this.#policy.backoff);
    if (pause > 0) {
      const error = new DcrError(
        'token_rejected',
        `The API refuses newly issued tokens (${this.#rejectionsInRow} in a row)`,
      );
      this.#failure = { error, at: now };
      this.#failures += 1;
    }
    const due = after(now, pause);
    // A refresh that is backing off keeps its pause.
    const backingOff = this.#failuresInRow > 0 && this.#dueAt !== null && this.#dueAt > due;
    if (backingOff) return;
    if (pause > 0) this.#plan(due);
    else this.#launch();
  }

  /**
   * Registers with another statement. The token in service stays until its successor is there. The same statement again means
   * "try now": somebody may have had it approved.
   */
  replaceStatement(statement: SoftwareStatement): void {
    if (this.#closed) return;
    if (statement.fingerprint !== this.#issuer.statement.fingerprint) {
      this.#issuer.replaceStatement(statement);
    } else if (this.#failure === undefined || this.#flight !== undefined) {
      return;
    }
    this.#failuresInRow = 0;
    this.#rejectionsInRow = 0;
    this.#flight?.abort(new DcrError('aborted', 'The software statement was replaced'));
    this.#launch();
  }

  /** Gets a new token now, whatever the plan or a back-off says; the one in service stays until its successor is there. */
  async refresh(): Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#flight === undefined) this.#launch();
    // A replaced statement lands one flight and launches the next.
    while (this.#flight !== undefined) await this.#landed;
    if (this.#closed) throw closedError();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  status(): TokenSourceStatus {
    return lifecycleStatus({
      credentials: this.#issuer.credentials,
      held: this.#held,
      usable: this.current() !== undefined,
      failure: this.#failure,
      nextAttemptAt: this.#dueAt,
      counts: { ...this.#issuer.counts, failures: this.#failures, invalidations: this.#invalidations },
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#dueAt = null;
    this.#flight?.abort(closedError());
    this.#flight = undefined;
    this.#waitingRoom.rejectAll(closedError());
    await this.#landed;
    await this.#issuer.close();
  }

  /** For a caller who finds neither token nor flight. */
  #launchOrRefuse(): void {
    const now = this.#effects.now();
    const wait = this.#isDue(now) ? 0 : between(now, this.#dueAt ?? now);
    if (wait > this.#policy.patience && this.#failure !== undefined) {
      throw this.#failure.error.withRetryAfter(milliseconds(wait));
    }
    // Without a failure there is nothing to wait for, unless tokens die so fast that the next is planned already.
    if (wait === 0 || wait > this.#policy.patience) this.#launch();
  }

  /** Starts the one flight. Its result counts only while it is still the current one. */
  #launch(): void {
    this.#cancelTimer?.();
    this.#dueAt = null;
    const flight = new AbortController();
    this.#flight = flight;
    this.#landed = this.#fly(flight.signal).then(
      (held) => {
        if (this.#flight !== flight) return;
        this.#flight = undefined;
        this.#succeeded(held);
      },
      (thrown) => {
        if (this.#flight !== flight) return;
        this.#flight = undefined;
        this.#failed(asDcrError(thrown));
      },
    );
  }

  async #fly(signal: AbortSignal): Promise<HeldToken> {
    const restored = await this.#issuer.restore();
    if (signal.aborted) throw abortedError(signal);
    if (restored !== undefined) {
      const held = this.#hold(restored);
      if (this.#effects.now() < held.refreshAt) return held;
      // It serves while its successor is fetched.
      this.#held = held;
      if (this.current() !== undefined) this.#waitingRoom.resolveAll(restored);
    }
    const token = await this.#issuer.issue(signal);
    const held = this.#hold(token);
    this.#onEvent({ event: 'token-received', expiresAt: token.expiresAt, refreshAt: held.refreshAt });
    return held;
  }

  #hold(token: AccessToken): HeldToken {
    return {
      token,
      refreshAt: refreshAt(token, this.#effects.random(), this.#policy.refresh),
      usableUntil: usableUntil(token, this.#policy.refresh),
    };
  }

  #succeeded(held: HeldToken): void {
    this.#held = held;
    this.#failure = undefined;
    this.#failuresInRow = 0;
    this.#plan(epochMs(Math.max(held.refreshAt, after(this.#effects.now(), SHORTEST_CYCLE))));
    this.#waitingRoom.resolveAll(held.token);
  }

  #failed(error: DcrError): void {
    const now = this.#effects.now();
    this.#failure = { error, at: now };
    this.#failuresInRow += 1;
    this.#failures += 1;
    const pause = delayAfterFailure(error, this.#failuresInRow, this.#effects.random(), this.#policy.backoff);
    const nextAttemptAt = after(now, pause);
    this.#plan(nextAttemptAt);
    // A clock that was set back makes a token usable again that its waiters had given up.
    const serving = this.current();
    this.#onEvent({
      event: 'attempt-failed',
      failure: error,
      nextAttemptAt,
      serving: serving !== undefined,
    });
    if (serving === undefined) this.#waitingRoom.rejectAll(error.withRetryAfter(pause));
    else this.#waitingRoom.resolveAll(serving);
  }

  #plan(dueAt: EpochMs): void {
    this.#plannedAt = this.#effects.now();
    this.#dueAt = dueAt;
    this.#sleep();
  }

  #sleep(): void {
    this.#cancelTimer?.();
    const now = this.#effects.now();
    const left = between(now, this.#dueAt ?? now);
    this.#cancelTimer = this.#effects.setTimer(milliseconds(Math.min(left, LONGEST_SLEEP)), () => {
      if (this.#isDue(this.#effects.now())) this.#launch();
      else this.#sleep();
    });
  }

  /** A clock that was set back behind the moment of planning makes the plan void: act now rather than a day later. */
  #isDue(now: EpochMs): boolean {
    return (
      this.#dueAt === null || now >= this.#dueAt || (this.#plannedAt !== undefined && now < this.#plannedAt)
    );
  }
}

const closedError = (): DcrError => new DcrError('closed', 'The token source is closed');
