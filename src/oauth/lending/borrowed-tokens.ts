import type { Effects } from '../../base/effects.ts';
import { Secret } from '../../base/secret.ts';
import type { AccessToken } from '../protocol/credentials.ts';
import { DcrError } from '../protocol/dcr-error.ts';
import { closedError, type SuccessorOptions, TokenHolder } from '../token/token-holder.ts';
import type { ToBorrower, ToLender } from './token-lender.ts';

/** Tokens whose life is in another process of ours: what is lent is used until it ends or another one comes. */
export class BorrowedTokens extends TokenHolder {
  readonly #ask: (refused: ToLender['refused']) => void;
  #id = 0;
  #asked = false;

  /** @param ask asks the lender for a token; {@link take} is given the answer */
  constructor(ask: (refused: ToLender['refused']) => void, effects: Effects) {
    super(effects);
    this.#ask = ask;
  }

  /** A token has come, asked for or not, or the one that was asked for cannot be had. */
  take(message: ToBorrower): void {
    if (message.kind === 'failed') {
      const { code, message: text, ...more } = message.failure;
      this.#asked = false;
      this.rejectAll(new DcrError(code, text, more));
      return;
    }
    // What was on its way when its successor came is not taken again.
    if (message.id <= this.#id) return;
    this.#id = message.id;
    const token = { ...message.token, authorization: new Secret(message.token.authorization) };
    this.newest = token;
    if (this.current() === undefined) return;
    this.#asked = false;
    this.resolveAll(token);
  }

  close(): void {
    this.closed = true;
    this.rejectAll(closedError());
  }

  protected override expect(refused?: ToLender['refused']): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#ask(refused);
  }

  protected override replace(token: AccessToken, { proven, newClient }: SuccessorOptions): void {
    this.expect(token === this.newest ? { id: this.#id, proven, newClient } : undefined);
  }
}
