import type { Effects } from '../../base/effects.ts';
import type { EpochMs } from '../../base/units.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import { DcrError } from '../protocol/dcr-error.ts';
import { abortedError } from '../protocol/deadline.ts';
import { DEFAULT_REFRESH, usableUntil } from '../token/refresh-policy.ts';
import type { SuccessorOptions, TokenSupply } from '../token/token-source.ts';
import { WaitingRoom } from '../token/waiting-room.ts';
import { borrow, borrowedFailure, type LentFailure, type LentToken } from './lent-token.ts';

/** What the lender needs to know of a refusal. */
export type Refused = Pick<SuccessorOptions, 'proven' | 'newClient'>;

/** The way to the process that has the token's life in its hands. */
export interface Lender {
  /** Asks for a token: {@link BorrowedTokens.lent} or {@link BorrowedTokens.failed} is the answer. */
  ask(): void;
  /** The same after the API refused the token of this name: another one is wanted. */
  refused(id: number, how: Refused): void;
}

/**
 * Tokens whose life is in another process of ours (`TokenLender`): what is lent is used until it ends or another one
 * comes.
 */
export class BorrowedTokens implements TokenSupply {
  readonly #lender: Lender;
  readonly #effects: Pick<Effects, 'now'>;
  readonly #waitingRoom = new WaitingRoom();
  #held: { readonly id: number; readonly token: AccessToken; readonly usableUntil: EpochMs } | undefined;
  #asked = false;
  #closed = false;

  constructor(lender: Lender, effects: Pick<Effects, 'now'>) {
    this.#lender = lender;
    this.#effects = effects;
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
    if (!this.#asked) {
      this.#asked = true;
      this.#lender.ask();
    }
    return this.#waitingRoom.wait(signal);
  }

  async successor(token: AccessToken, { signal, ...how }: SuccessorOptions): Promise<AccessToken> {
    const held = this.#held;
    if (held?.token !== token) return this.token(signal === undefined ? {} : { signal });
    if (this.#closed) throw closedError();
    if (!this.#asked) {
      this.#asked = true;
      this.#lender.refused(held.id, how);
    }
    return this.#waitingRoom.wait(signal);
  }

  /** A token has come, asked for or not. */
  lent(lent: LentToken): void {
    // What was on its way when its successor came is not taken again.
    if (this.#held !== undefined && lent.id <= this.#held.id) return;
    const token = borrow(lent);
    this.#held = { id: lent.id, token, usableUntil: usableUntil(token, DEFAULT_REFRESH) };
    if (this.current() === undefined) return;
    this.#asked = false;
    this.#waitingRoom.resolveAll(token);
  }

  /** The token that was asked for cannot be had now. */
  failed(failure: LentFailure): void {
    this.#asked = false;
    this.#waitingRoom.rejectAll(borrowedFailure(failure));
  }

  close(): void {
    this.#closed = true;
    this.#waitingRoom.rejectAll(closedError());
  }
}

const closedError = (): DcrError => new DcrError('closed', 'The token source is closed');
