import type { AccessToken } from '../protocol/credentials.ts';
import { asDcrError, type DcrError, type DcrErrorOptions } from '../protocol/dcr-error.ts';
import type { SuccessorOptions, TokenSupply } from '../token/token-holder.ts';

/** To a process that uses the tokens of clients. They are in the clear: for a pipe between two processes only. */
export type ToBorrower =
  | {
      readonly kind: 'lent';
      readonly client: string;
      /** By what the borrower names it when it is refused. */
      readonly id: number;
      readonly token: Omit<AccessToken, 'authorization'> & { readonly authorization: string };
    }
  /** The token that was asked for cannot be had now. */
  | { readonly kind: 'failed'; readonly client: string; readonly failure: LentFailure };

/** And back: a token is wanted, perhaps because the API refused the one of this name. */
export interface ToLender {
  readonly kind: 'ask';
  readonly client: string;
  readonly refused: ({ readonly id: number } & Pick<SuccessorOptions, 'proven' | 'newClient'>) | undefined;
}

export type LentFailure = Pick<DcrError, 'code' | 'message'> & Omit<DcrErrorOptions, 'cause'>;

export interface Borrower {
  send(message: ToBorrower): void;
}

/** Lends the tokens of one client to other processes of ours, each of which holds them as `BorrowedTokens`. */
export class TokenLender {
  readonly #client: string;
  readonly #tokens: TokenSupply;
  readonly #borrowers: Iterable<Borrower>;
  readonly #nextId: () => number;
  #last: { readonly id: number; readonly token: AccessToken } | undefined;

  /**
   * @param borrowers those that there are at the time: each gets every token
   * @param nextId gives a number higher than any before; tokens of two lenders for one client must not share one
   */
  constructor(client: string, tokens: TokenSupply, borrowers: Iterable<Borrower>, nextId: () => number) {
    this.#client = client;
    this.#tokens = tokens;
    this.#borrowers = borrowers;
    this.#nextId = nextId;
  }

  /** Something has happened to the source, or somebody has joined: gives him the token, or all a new one. */
  look(newcomer?: Borrower): void {
    const token = this.#tokens.current();
    if (token !== undefined) this.#give(token, newcomer);
  }

  asked({ refused }: ToLender, borrower: Borrower): void {
    const last = this.#last;
    const token =
      last !== undefined && last.id === refused?.id
        ? this.#tokens.successor(last.token, refused)
        : this.#tokens.token();
    token.then(
      (it) => this.#give(it, borrower),
      (error: unknown) => {
        const { code, message, retryAfter, status } = asDcrError(error);
        const failure = { code, message, retryAfter, status };
        borrower.send({ kind: 'failed', client: this.#client, failure });
      },
    );
  }

  /** Names a token and gives it to everybody, or, if it has its name already, to this borrower alone. */
  #give(token: AccessToken, borrower?: Borrower): void {
    const known = this.#last?.token === token ? this.#last.id : undefined;
    const id = known ?? this.#nextId();
    this.#last = { id, token };
    const lent = { ...token, authorization: token.authorization.reveal() };
    const message: ToBorrower = { kind: 'lent', client: this.#client, id, token: lent };
    if (known !== undefined) borrower?.send(message);
    else for (const each of this.#borrowers) each.send(message);
  }
}
