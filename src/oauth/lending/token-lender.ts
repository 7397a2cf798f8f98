import type { AccessToken } from '../protocol/credentials.ts';
import type { TokenSupply } from '../token/token-source.ts';
import type { Refused } from './borrowed-tokens.ts';
import { type LentFailure, type LentToken, lend, lentFailure } from './lent-token.ts';

/** The way to one process that uses tokens of clients. */
export interface Borrower {
  lent(client: string, token: LentToken): void;
  failed(client: string, failure: LentFailure): void;
}

/** Lends the tokens of one client to other processes of ours, each of which holds them as `BorrowedTokens`. */
export class TokenLender {
  readonly #client: string;
  readonly #tokens: TokenSupply;
  readonly #borrowers: () => Iterable<Borrower>;
  readonly #nextId: () => number;
  #last: { readonly id: number; readonly token: AccessToken } | undefined;

  /**
   * @param borrowers those that there are at the time: each gets every token
   * @param nextId gives a number higher than any before; tokens of two lenders for one client must not share one
   */
  constructor(
    client: string,
    tokens: TokenSupply,
    borrowers: () => Iterable<Borrower>,
    nextId: () => number,
  ) {
    this.#client = client;
    this.#tokens = tokens;
    this.#borrowers = borrowers;
    this.#nextId = nextId;
  }

  /** A borrower has come: it gets the token in service. */
  joined(borrower: Borrower): void {
    const token = this.#tokens.current();
    if (token !== undefined) this.#give(token, borrower);
  }

  /**
   * Looks whether there is another token by now, and if so, gives it to everybody. Call it when something has happened
   * to the source.
   */
  look(): void {
    const token = this.#tokens.current();
    if (token !== undefined) this.#announce(token);
  }

  /** A borrower has none. */
  asked(borrower: Borrower): void {
    this.#answer(this.#tokens.token(), borrower);
  }

  /** The API refused this token at a borrower, which wants another. */
  refused(id: number, how: Refused, borrower: Borrower): void {
    const last = this.#last;
    this.#answer(last?.id === id ? this.#tokens.successor(last.token, how) : this.#tokens.token(), borrower);
  }

  #answer(token: Promise<AccessToken>, borrower: Borrower): void {
    token.then(
      (it) => this.#give(it, borrower),
      (error: unknown) => borrower.failed(this.#client, lentFailure(error)),
    );
  }

  #give(token: AccessToken, borrower: Borrower): void {
    if (this.#last?.token === token) borrower.lent(this.#client, lend(this.#last.id, token));
    else this.#announce(token);
  }

  /** Names a token, unless it has a name, and gives it to everybody. */
  #announce(token: AccessToken): void {
    if (this.#last?.token === token) return;
    this.#last = { id: this.#nextId(), token };
    const lent = lend(this.#last.id, token);
    for (const borrower of this.#borrowers()) borrower.lent(this.#client, lent);
  }
}
