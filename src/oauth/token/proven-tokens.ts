import type { Effects } from '../../base/effects.ts';
import { after, type EpochMs, epochMs, seconds } from '../../base/units.ts';
import type { ApiRefusal } from '../protocol/api-refusal.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import { DcrError } from '../protocol/dcr-error.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import { waitFor } from '../protocol/deadline.ts';
import { OwnRefusals, type Place } from './own-refusals.ts';
import { ifUsable } from './refresh-policy.ts';
import { isYoung, type Judgement, judgeRefusal, NEWS_LIMIT, trialPause } from './refusal-policy.ts';
import type { TokenSupply } from './token-holder.ts';

export interface RefusedRequest {
  readonly place: Place;
  readonly token: AccessToken;
  readonly sentAt: EpochMs;
  readonly refusal: ApiRefusal;
  /** Those that it was refused with before, one for each time. */
  readonly earlier: readonly AccessToken[];
}

export type BearerTokens = Pick<ProvenTokens, keyof ProvenTokens>;

/** A token that the supply has brought, and that the API has not taken yet while a proven one serves. */
interface Trial {
  readonly token: AccessToken;
  refused: number;
  /** Until then requests go out with the proven one. */
  pausedUntil: EpochMs;
}

/** The proven token was refused, and nobody has seen it taken since. */
interface Doubt {
  readonly places: Set<string>;
  readonly waiting: Set<() => void>;
}

/** One request at a time tries a successor; it is given so long for an answer before the next one does. */
const TRIAL_LIMIT = seconds(2);

/**
 * Chooses between the newest token and the last that the API has taken, which serves until its successor has been taken
 * once, or it ends. One for all routes of a client: what one learns of a token clears it of what another says.
 */
export class ProvenTokens {
  readonly #supply: TokenSupply;
  readonly #effects: Effects;
  readonly #onEvent: DcrEventListener;
  readonly #own = new OwnRefusals();
  /** Of which a successor was wanted because of a refusal. */
  readonly #givenUp = new WeakSet<AccessToken>();
  #proven: AccessToken | undefined;
  /** When the last request was sent that the API took with the proven token. */
  #takenAt: EpochMs = epochMs(0);
  #trial: Trial | undefined;
  #doubt: Doubt | undefined;

  /** @param onEvent told of `api-refused` alone */
  constructor(supply: TokenSupply, effects: Effects, onEvent: DcrEventListener = () => {}) {
    this.#supply = supply;
    this.#effects = effects;
    this.#onEvent = onEvent;
  }

  /** Whether there is a token, and which is the newest. */
  current(): AccessToken | undefined {
    return this.#supply.current() ?? this.#usableProven();
  }

  /** The token for a request that is about to be sent, if there is one now. */
  next(place: Place): AccessToken | undefined {
    const newest = this.#supply.current();
    return newest === this.#proven ? newest : this.#choose(newest, place);
  }

  /**
   * The same, or the one that is being fetched.
   * @throws {DcrError} when none can be had now, or when `signal` aborts
   */
  async token(options: { readonly signal?: AbortSignal } = {}): Promise<AccessToken> {
    return this.#usableProven() ?? this.#supply.token(options);
  }

  accepted(token: AccessToken, place: Place, sentAt: EpochMs): void {
    if (token !== this.#proven) {
      if (token !== this.#supply.current() && !this.#isStillGood(token)) return;
      this.#proven = token;
      this.#trial = undefined;
      this.#takenAt = sentAt;
      this.#settle();
    } else if (sentAt > this.#takenAt) {
      this.#takenAt = sentAt;
      if (this.#doubt !== undefined) this.#settle();
    }
    this.#own.taken(place);
  }

  /**
   * @returns the token to send it once more with, perhaps after a moment; `undefined`: the answer is to be passed on
   * @throws {DcrError} when a new token is needed and cannot be had
   */
  async refused(
    request: RefusedRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<AccessToken | undefined> {
    this.#note(request);
    return this.#answer(request, signal, false);
  }

  /** It was replaced while the request was under way, but nothing was said against it, and there is no better one. */
  #isStillGood(token: AccessToken): boolean {
    return this.#usableProven() === undefined && !this.#givenUp.has(token);
  }

  #choose(newest: AccessToken | undefined, place: Place): AccessToken | undefined {
    const proven = this.#usableProven();
    if (newest === undefined || proven === undefined) return newest ?? proven;
    if (this.#isSuspect) return newest;
    if (this.#trial?.token !== newest) this.#trial = { token: newest, refused: 0, pausedUntil: epochMs(0) };
    const now = this.#effects.now();
    if (now < this.#trial.pausedUntil || this.#own.knows(place, now)) return proven;
    this.#trial.pausedUntil = after(now, TRIAL_LIMIT);
    return newest;
  }

  /** Several places have refused the proven token, and none has taken it since. */
  get #isSuspect(): boolean {
    return this.#doubt !== undefined && this.#doubt.places.size > 1;
  }

  #usableProven(): AccessToken | undefined {
    return ifUsable(this.#proven, this.#effects.now());
  }

  #note({ token, place }: RefusedRequest): void {
    if (token === this.#trial?.token) {
      this.#trial.refused += 1;
      this.#trial.pausedUntil = after(this.#effects.now(), trialPause(this.#trial.refused));
    }
    if (token !== this.#proven) return;
    this.#doubt ??= { places: new Set(), waiting: new Set() };
    const { places } = this.#doubt;
    if (places.size < 2) places.add(this.#own.nameOf(place));
    if (places.size > 1) this.#wake();
  }

  #judge({ refusal, place, token, sentAt, earlier }: RefusedRequest, waited: boolean): Judgement {
    const now = this.#effects.now();
    const proven = this.#usableProven();
    return judgeRefusal({
      meaning: refusal.meaning,
      knownPlace: !this.#isSuspect && this.#own.knows(place, now),
      earlier: earlier.length,
      replaced: token !== this.#proven && token !== this.#supply.current() && !earlier.includes(token),
      young: isYoung(token, now),
      proven: token === this.#proven,
      someProven: proven !== undefined && !this.#isSuspect,
      otherProven: proven !== undefined && proven !== token && !earlier.includes(proven),
      takenSince: proven !== undefined && this.#takenAt > sentAt,
      refusedElsewhere: this.#isSuspect,
      waited,
      triedAnother: earlier.some((it) => it !== token),
    });
  }

  async #answer(
    request: RefusedRequest,
    signal: AbortSignal,
    waited: boolean,
  ): Promise<AccessToken | undefined> {
    const { refusal, place, token } = request;
    const judgement = this.#judge(request, waited);
    switch (judgement.act) {
      case 'pass-on':
        if (judgement.remember && this.#own.remember(place, this.#effects.now())) {
          this.#onEvent({ event: 'api-refused', act: 'pass-on', ...place, ...refusal });
        }
        return undefined;
      case 'again':
        await waitFor(this.#effects, judgement.after, signal);
        return token === this.#supply.current() ? token : this.token({ signal });
      case 'other':
        return this.token({ signal });
      case 'wait':
        await this.#news(signal);
        return this.#answer(request, signal, true);
      case 'successor':
        return this.#successor(request, signal);
    }
  }

  async #successor({ token, refusal, place }: RefusedRequest, signal: AbortSignal) {
    this.#givenUp.add(token);
    try {
      const next = await this.#supply.successor(token, {
        signal,
        proven: token === this.#proven,
        newClient: refusal.meaning === 'client',
      });
      this.#onEvent({ event: 'api-refused', act: 'successor', ...place, ...refusal });
      return next;
    } catch (error) {
      // New tokens are refused too, so that none is fetched for now: what Adobe said stands.
      if (error instanceof DcrError && error.code === 'token_rejected') return undefined;
      throw error;
    }
  }

  #settle(): void {
    this.#wake();
    this.#doubt = undefined;
  }

  #wake(): void {
    for (const wake of this.#doubt?.waiting ?? []) wake();
  }

  #news(signal: AbortSignal): Promise<void> {
    const waiting = this.#doubt?.waiting;
    return waitFor(this.#effects, NEWS_LIMIT, signal, (wake) => {
      waiting?.add(wake);
      return () => waiting?.delete(wake);
    });
  }
}
