import type { CancelTimer } from '../../base/effects.ts';
import {
  after,
  between,
  type EpochMs,
  epochMs,
  type Milliseconds,
  milliseconds,
  seconds,
} from '../../base/units.ts';
import type { FleetStore } from '../fleet/redis-fleet-store.ts';
import { SharedIssuer } from '../fleet/shared-issuer.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import { asDcrError, DcrError } from '../protocol/dcr-error.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import { abortedError } from '../protocol/deadline.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import { delayAfterFailure, delayAfterRejection } from './backoff.ts';
import {
  type DatedFailure,
  type HeldToken,
  lifecycleStatus,
  type TokenSourceStatus,
} from './lifecycle-status.ts';
import { refreshAt } from './refresh-policy.ts';
import { closedError, type SuccessorOptions, TokenHolder } from './token-holder.ts';
import { TokenIssuer, type TokenIssuerOptions } from './token-issuer.ts';

export interface TokenSourceOptions extends TokenIssuerOptions {
  /** Where there are several replicas: what they share, and how many they are at most. */
  readonly fleet?: { readonly store: FleetStore; readonly replicas: number } | undefined;
}

/** A caller without a token waits for an attempt that is due within this time; else it is told at once. */
const PATIENCE: Milliseconds = seconds(2);
/** Nobody waits longer for a flight: whoever comes later is told so at once. */
const LONGEST_WAIT: Milliseconds = seconds(6);
/** Even tokens that are dead on arrival are not fetched in a tight loop. */
const SHORTEST_CYCLE: Milliseconds = milliseconds(500);

/** What the rest of the program knows of Adobe's OAuth. */
export type TokenSource = Pick<LastingTokenSource, keyof LastingTokenSource>;

/**
 * Remembers the token of a {@link TokenIssuer}, replaces it ahead of time, and stands between callers and failures:
 * Go's `oauth2.ReuseTokenSource` with what a sidecar needs on top. The first token is fetched at once.
 *
 * At any time either one flight is under way or the next is planned at `#dueAt`.
 */
export class LastingTokenSource extends TokenHolder {
  readonly #issuer: TokenIssuer;
  readonly #onEvent: DcrEventListener;
  readonly #clients = new WeakMap<AccessToken, string | undefined>();
  #refreshAt: EpochMs = epochMs(0);
  #flight: AbortController | undefined;
  #landed: Promise<void> = Promise.resolve();
  #dueAt: EpochMs | null = null;
  #cancelTimer: CancelTimer = () => {};
  /** The flight under way has taken longer than anybody waits. */
  #overdue = false;
  #failure: DatedFailure | undefined;
  #failuresInRow = 0;
  #rejectionsInRow = 0;
  /** No token is fetched because of a refusal before. */
  #rejectionPauseEnds: EpochMs = epochMs(0);

  constructor({ fleet, ...options }: TokenSourceOptions) {
    super(options.effects);
    this.#issuer = fleet === undefined ? new TokenIssuer(options) : new SharedIssuer(options, fleet);
    this.#onEvent = options.onEvent;
    this.#launch();
  }

  override async successor(token: AccessToken, options: SuccessorOptions): Promise<AccessToken> {
    const got = await super.successor(token, options);
    if (got === token) throw this.#failure?.error ?? rejectedError(this.#rejectionsInRow, milliseconds(0));
    return got;
  }

  /**
   * Registers with another statement; the token in service stays until its successor is there. The same statement
   * again means "try now": somebody may have had it approved.
   */
  replaceStatement(statement: SoftwareStatement): void {
    if (this.closed) return;
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

  /**
   * For an operator: gets a new token now, whatever the plan or a back-off says, within the budget of DCR calls.
   * @throws {DcrError} when none came
   */
  refresh(): Promise<void> {
    if (this.#flight === undefined && !this.closed) this.#launch();
    return this.#landing();
  }

  /** As `refresh`, for a new client: an operator knows that the present one is no longer good. */
  async registerAnew(): Promise<void> {
    await this.#landing().catch(() => {});
    this.#issuer.wantNewClient('hand');
    await this.refresh();
  }

  /** @throws {DcrError} why the flight under way brought nothing */
  async #landing(): Promise<void> {
    // A replaced statement lands one flight and launches the next.
    while (this.#flight !== undefined) await this.#landed;
    if (this.closed) throw closedError();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  status(): TokenSourceStatus {
    const held = this.newest && { token: this.newest, refreshAt: this.#refreshAt };
    return {
      ...lifecycleStatus(this.#issuer.credentials, held, this.current() !== undefined, this.#failure),
      nextAttemptAt: this.#dueAt,
      counts: { ...this.#issuer.counts },
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#cancelTimer();
    this.#dueAt = null;
    this.#flight?.abort(closedError());
    this.#flight = undefined;
    this.rejectAll(closedError());
    await this.#landed;
    await this.#issuer.close();
  }

  protected override expect(): void {
    if (this.#overdue) throw overdueError();
    if (this.#flight !== undefined) return;
    const wait = this.#wait();
    // Without a failure there is nothing to wait for, unless tokens die so fast that the next is planned already.
    if (wait === 0 || (wait > PATIENCE && this.#failure === undefined)) this.#launch();
    else this.#refuseWithin(wait);
  }

  #wait(): Milliseconds {
    const now = this.effects.now();
    return milliseconds(Math.max(0, between(now, this.#dueAt ?? now)));
  }

  #refuseWithin(wait: Milliseconds): void {
    if (wait > PATIENCE && this.#failure !== undefined) {
      throw this.#failure.error.withRetryAfter(wait);
    }
  }

  protected override replace(token: AccessToken, { proven, newClient }: SuccessorOptions): void {
    if (this.#flight === undefined) this.#fetchSuccessor(token, proven, newClient);
    else this.#issuer.hurry(token);
    if (this.#overdue) throw overdueError();
  }

  /** Unless a back-off is under way or new tokens are refused as well. */
  #fetchSuccessor(token: AccessToken, proven: boolean, clientRefused: boolean): void {
    // Since this token was received, its client may have been replaced: nothing is said against the present one.
    const newClient = clientRefused && this.#clients.get(token) === this.#issuer.credentials?.clientId;
    const now = this.effects.now();
    const clientPause = newClient ? this.#issuer.registrationWait('api') : 0;
    const pause = milliseconds(Math.max(between(now, this.#rejectionPauseEnds), clientPause));
    // Why there is no successor, rather than that none is fetched.
    if (this.#failuresInRow > 0) this.#refuseWithin(milliseconds(Math.max(pause, this.#wait())));
    if (pause > 0) throw rejectedError(this.#rejectionsInRow, pause);
    this.#rejectionsInRow = proven ? 1 : this.#rejectionsInRow + 1;
    const rejectionPause = delayAfterRejection(this.#rejectionsInRow + 1, this.effects.random());
    this.#rejectionPauseEnds = after(now, rejectionPause);
    this.#issuer.counts.invalidations += 1;
    if (newClient) this.#issuer.wantNewClient('api');
    this.#onEvent({
      event: 'token-rejected',
      ageMs: between(token.receivedAt, now),
      consecutive: this.#rejectionsInRow,
    });
    this.#issuer.hurry(token);
    if (this.#failuresInRow === 0) this.#launch();
  }

  /** Starts the one flight. Its result counts only while it is still the current one. */
  #launch(): void {
    this.#dueAt = null;
    const flight = new AbortController();
    this.#flight = flight;
    this.#overdue = false;
    // It goes on, perhaps for minutes: who waits for it is told to come back.
    this.#setTimer(LONGEST_WAIT, () => {
      this.#overdue = true;
      this.#dismiss(overdueError());
    });
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

  /** Whoever waits gets the token that serves, or is told why there is none. */
  #dismiss(error: DcrError): void {
    const serving = this.current();
    if (serving === undefined) this.rejectAll(error);
    else this.resolveAll(serving);
  }

  async #fly(signal: AbortSignal): Promise<HeldToken> {
    const restored = await this.#issuer.restore();
    if (signal.aborted) throw abortedError(signal);
    if (restored !== undefined) {
      const held = this.#held(restored);
      if (this.effects.now() < held.refreshAt) return held;
      // It serves while its successor is fetched.
      this.#hold(held);
      if (this.current() !== undefined) this.resolveAll(restored);
    }
    const held = this.#held(await this.#issuer.issue(signal));
    this.#onEvent({
      event: 'token-received',
      expiresAt: held.token.expiresAt,
      refreshAt: held.refreshAt,
    });
    return held;
  }

  #held(token: AccessToken): HeldToken {
    this.#clients.set(token, this.#issuer.credentials?.clientId);
    return { token, refreshAt: refreshAt(token, this.effects.random()) };
  }

  #hold({ token, refreshAt }: HeldToken): void {
    this.newest = token;
    this.#refreshAt = refreshAt;
  }

  #succeeded(received: HeldToken): void {
    const held = continued(this.newest, received);
    this.#hold(held);
    this.#failure = undefined;
    this.#failuresInRow = 0;
    this.#plan(epochMs(Math.max(held.refreshAt, after(this.effects.now(), SHORTEST_CYCLE))));
    this.resolveAll(held.token);
  }

  #failed(error: DcrError): void {
    const now = this.effects.now();
    this.#failure = { error, at: now };
    this.#failuresInRow += 1;
    this.#issuer.counts.failures += 1;
    const pause = delayAfterFailure(error, this.#failuresInRow, this.effects.random());
    const nextAttemptAt = after(now, pause);
    this.#plan(nextAttemptAt);
    this.#onEvent({
      event: 'attempt-failed',
      error,
      nextAttemptAt,
      serving: this.current() !== undefined,
    });
    this.#dismiss(error.withRetryAfter(pause));
  }

  #plan(dueAt: EpochMs): void {
    this.#dueAt = dueAt;
    this.#setTimer(this.#wait(), () => this.#launch());
  }

  #setTimer(delay: Milliseconds, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.effects.setTimer(delay, callback);
  }
}

/** Some servers hand out the same token until it ends: it goes on as it was, and the next is fetched at its end. */
const continued = (before: AccessToken | undefined, received: HeldToken): HeldToken =>
  before?.authorization.reveal() === received.token.authorization.reveal()
    ? { token: before, refreshAt: received.token.expiresAt }
    : received;

const overdueError = (): DcrError =>
  new DcrError('overdue', 'The next token takes longer than usual', { retryAfter: seconds(5) });

const rejectedError = (inRow: number, retryAfter: Milliseconds): DcrError =>
  new DcrError('token_rejected', `The API refuses newly issued tokens (${inRow} in a row)`, { retryAfter });
