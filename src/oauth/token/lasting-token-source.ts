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
import type { AccessToken } from '../protocol/credentials.ts';
import { asDcrError, DcrError } from '../protocol/dcr-error.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import { abortedError } from '../protocol/deadline.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import { type BackoffPolicy, DEFAULT_BACKOFF, delayAfterFailure, delayAfterRejection } from './backoff.ts';
import { type DatedFailure, type HeldToken, lifecycleStatus } from './lifecycle-status.ts';
import { DEFAULT_REFRESH, type RefreshPolicy, refreshAt, usableUntil } from './refresh-policy.ts';
import type { NewClient, RegistrationCause } from './registration-policy.ts';
import type { TokenIssuer } from './token-issuer.ts';
import type { SuccessorOptions, TokenSource, TokenSourceStatus } from './token-source.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface LifecyclePolicy {
  readonly refresh: RefreshPolicy;
  readonly backoff: BackoffPolicy;
}

export const DEFAULT_POLICY: LifecyclePolicy = { refresh: DEFAULT_REFRESH, backoff: DEFAULT_BACKOFF };

/** A caller without a token waits for an attempt that is due within this time; else it is told at once. */
const PATIENCE: Milliseconds = seconds(2);
/** Nobody waits longer for a flight: whoever comes later is told so at once. */
const LONGEST_WAIT: Milliseconds = seconds(6);
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
  /** By the ids of their clients. */
  readonly #clients = new WeakMap<AccessToken, string | undefined>();
  #held: HeldToken | undefined;
  #flight: AbortController | undefined;
  #landed: Promise<void> = Promise.resolve();
  #dueAt: EpochMs | null = null;
  #cancelTimer: CancelTimer = () => {};
  /** The flight under way has taken longer than anybody waits. */
  #overdue = false;
  /** The next flight is to register anew, until one has. */
  #newClient: NewClient | undefined;
  #failure: DatedFailure | undefined;
  #failuresInRow = 0;
  #rejectionsInRow = 0;
  /** No token is fetched because of a refusal before. */
  #rejectionPauseEnds: EpochMs = epochMs(0);
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
    this.#expectFlight();
    return this.#waitingRoom.wait(signal);
  }

  async successor(token: AccessToken, { proven, newClient, signal }: SuccessorOptions): Promise<AccessToken> {
    const newest = this.current();
    if (newest !== undefined && newest !== token) return newest;
    if (this.#closed) throw closedError();
    if (signal?.aborted) throw abortedError(signal);
    if (this.#flight === undefined) this.#replace(token, proven, newClient);
    else this.#issuer.hurry(token);
    if (this.#overdue) throw overdueError();
    const got = await this.#waitingRoom.wait(signal);
    if (got === token) throw this.#failure?.error ?? rejectedError(this.#rejectionsInRow, milliseconds(0));
    return got;
  }

  replaceStatement(statement: SoftwareStatement): void {
    if (this.#closed) return;
    if (statement.fingerprint !== this.#issuer.statement.fingerprint) {
      this.#issuer.replaceStatement(statement);
    } else if (this.#failure === undefined || this.#flight !== undefined) {
      return;
    }
    this.#failuresInRow = 0;
    this.#rejectionsInRow = 0;
    this.#rejectionPauseEnds = epochMs(0);
    this.#flight?.abort(new DcrError('aborted', 'The software statement was replaced'));
    this.#launch();
  }

  refresh(): Promise<void> {
    if (this.#flight === undefined && !this.#closed) this.#launch();
    return this.#landing();
  }

  async registerAnew(): Promise<void> {
    await this.#landing().catch(() => {});
    this.#newClient = this.#wish('hand');
    await this.refresh();
  }

  /** @throws {DcrError} why the flight under way brought nothing */
  async #landing(): Promise<void> {
    // A replaced statement lands one flight and launches the next.
    while (this.#flight !== undefined) await this.#landed;
    if (this.#closed) throw closedError();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  status(): TokenSourceStatus {
    const usable = this.current() !== undefined;
    return {
      ...lifecycleStatus(this.#issuer.credentials, this.#held, usable, this.#failure),
      nextAttemptAt: this.#dueAt,
      counts: { ...this.#issuer.counts, failures: this.#failures, invalidations: this.#invalidations },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#dueAt = null;
    this.#flight?.abort(closedError());
    this.#flight = undefined;
    this.#waitingRoom.rejectAll(closedError());
    await this.#landed;
    await this.#issuer.close();
  }

  /** For a caller who finds no token. */
  #expectFlight(): void {
    if (this.#overdue) throw overdueError();
    if (this.#flight !== undefined) return;
    const wait = this.#wait();
    // Without a failure there is nothing to wait for, unless tokens die so fast that the next is planned already.
    if (wait === 0 || (wait > PATIENCE && this.#failure === undefined)) this.#launch();
    else this.#refuseWithin(wait);
  }

  /** Time until the next attempt. */
  #wait(): Milliseconds {
    const now = this.#effects.now();
    return milliseconds(Math.max(0, between(now, this.#dueAt ?? now)));
  }

  #refuseWithin(wait: Milliseconds): void {
    if (wait > PATIENCE && this.#failure !== undefined) {
      throw this.#failure.error.withRetryAfter(wait);
    }
  }

  /**
   * Fetches a successor of a token that was refused, unless a back-off is under way or new ones are refused as well.
   */
  #replace(token: AccessToken, proven: boolean, clientRefused: boolean): void {
    const { backoff } = this.#policy;
    // Since this token was received, its client may have been replaced: nothing is said against the present one.
    const newClient = clientRefused && this.#clients.get(token) === this.#issuer.credentials?.clientId;
    const now = this.#effects.now();
    const clientPause = newClient ? this.#issuer.registrationWait('api') : 0;
    const pause = milliseconds(Math.max(between(now, this.#rejectionPauseEnds), clientPause));
    // Why there is no successor, rather than that none is fetched.
    if (this.#failuresInRow > 0) this.#refuseWithin(milliseconds(Math.max(pause, this.#wait())));
    if (pause > 0) throw rejectedError(this.#rejectionsInRow, pause);
    this.#rejectionsInRow = proven ? 1 : this.#rejectionsInRow + 1;
    this.#rejectionPauseEnds = after(
      now,
      delayAfterRejection(this.#rejectionsInRow + 1, this.#effects.random(), backoff),
    );
    this.#invalidations += 1;
    if (newClient) this.#newClient ??= this.#wish('api');
    this.#onEvent({
      event: 'token-rejected',
      ageMs: between(token.receivedAt, now),
      consecutive: this.#rejectionsInRow,
    });
    this.#issuer.hurry(token);
    if (this.#failuresInRow === 0) this.#launch();
  }

  #wish(cause: RegistrationCause): NewClient {
    return { cause, after: this.#issuer.counts.registrations };
  }

  /** Starts the one flight. Its result counts only while it is still the current one. */
  #launch(): void {
    this.#dueAt = null;
    const flight = new AbortController();
    this.#flight = flight;
    this.#overdue = false;
    this.#setTimer(LONGEST_WAIT, () => this.#keepNobody());
    const land = (end: () => void) => {
      if (this.#flight !== flight) return;
      this.#flight = undefined;
      this.#overdue = false;
      this.#cancelTimer();
      end();
    };
    this.#landed = this.#fly(flight.signal).then(
      (held) => land(() => this.#succeeded(held)),
      (thrown) => land(() => this.#failed(asDcrError(thrown))),
    );
  }

  /** The flight goes on, perhaps for minutes: who waits for it is told to come back. */
  #keepNobody(): void {
    this.#overdue = true;
    const serving = this.current();
    if (serving === undefined) this.#waitingRoom.rejectAll(overdueError());
    else this.#waitingRoom.resolveAll(serving);
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
    const token = await this.#issuer.issue(signal, this.#newClient);
    const held = this.#hold(token);
    this.#onEvent({ event: 'token-received', expiresAt: token.expiresAt, refreshAt: held.refreshAt });
    return held;
  }

  #hold(token: AccessToken): HeldToken {
    this.#clients.set(token, this.#issuer.credentials?.clientId);
    return {
      token,
      refreshAt: refreshAt(token, this.#effects.random(), this.#policy.refresh),
      usableUntil: usableUntil(token, this.#policy.refresh),
    };
  }

  #succeeded(received: HeldToken): void {
    const held = continued(this.#held, received);
    this.#held = held;
    this.#newClient = undefined;
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
    const serving = this.current();
    this.#onEvent({
      event: 'attempt-failed',
      error,
      nextAttemptAt,
      serving: serving !== undefined,
    });
    if (serving === undefined) this.#waitingRoom.rejectAll(error.withRetryAfter(pause));
    else this.#waitingRoom.resolveAll(serving);
  }

  #plan(dueAt: EpochMs): void {
    this.#dueAt = dueAt;
    this.#setTimer(this.#wait(), () => this.#launch());
  }

  #setTimer(delay: Milliseconds, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#effects.setTimer(delay, callback);
  }
}

/**
 * Some servers hand out the same token until it ends: it goes on as it was, and is asked for anew when it has ended.
 */
const continued = (before: HeldToken | undefined, received: HeldToken): HeldToken =>
  before?.token.authorization.reveal() === received.token.authorization.reveal()
    ? { ...received, token: before.token, refreshAt: received.token.expiresAt }
    : received;

const closedError = (): DcrError => new DcrError('closed', 'The token source is closed');

const overdueError = (): DcrError =>
  new DcrError('overdue', 'The next token takes longer than usual', { retryAfter: seconds(5) });

const rejectedError = (inRow: number, retryAfter: Milliseconds): DcrError =>
  new DcrError('token_rejected', `The API refuses newly issued tokens (${inRow} in a row)`, { retryAfter });
