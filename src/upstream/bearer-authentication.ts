import type { Dispatcher } from 'undici';
import type { AccessToken, BearerTokens } from '../oauth/index.ts';
import { flatRequestFields } from './request-fields.ts';
import { canSendAgain, Sending } from './sending.ts';

/** The API refused two tokens in a row for one request: new credentials do not help this call. */
export class TokenRejectedError extends Error {
  override readonly name = 'TokenRejectedError';
  readonly code = 'token_rejected';

  constructor() {
    super('The report API answered 401 to a fresh token.');
  }
}

/**
 * Adds `Authorization: Bearer …` (RFC 6750 §2.1), strictly last, and sends the request once more after a 401, with another token. A
 * request whose body is gone by then is not sent again: its caller gets the 401. While a token is at hand nothing is awaited.
 *
 * The request's fields must not hold `authorization`. Errors of the token source reach the handler as they are ({@link DcrError}); a
 * second 401 as {@link TokenRejectedError}.
 */
export const bearerAuthentication = (tokens: BearerTokens): Dispatcher.DispatchInterceptor => {
  const credentials = new Credentials(tokens);
  return (dispatch) => (options, handler) => {
    new AuthenticatedRequest(credentials, dispatch, options, handler).send();
    return true;
  };
};

/** The tokens, and what the API has said of them. */
class Credentials {
  readonly tokens: BearerTokens;
  /** The last that the API has taken. A later refusal of it is a revocation, not a token that never was good. */
  #proven: AccessToken | undefined;
  #fields: string[] | undefined;
  #token: AccessToken | undefined;
  #list: string[] = [];

  constructor(tokens: BearerTokens) {
    this.tokens = tokens;
  }

  taken(token: AccessToken): void {
    this.#proven = token;
  }

  /** It is not used again, for anybody. */
  refused(token: AccessToken): void {
    this.tokens.invalidate(token, { served: this.#proven === token });
  }

  /** Puts the token behind the fields of a request. The same fields and token as before give the very same list. */
  behind(fields: string[], token: AccessToken): string[] {
    if (fields !== this.#fields || token !== this.#token) {
      this.#fields = fields;
      this.#token = token;
      this.#list = [...fields, 'authorization', token.authorization.reveal()];
    }
    return this.#list;
  }
}

/** What becomes of an answer: it goes on, another one takes its place, or there is none. */
type Verdict = 'pass' | 'again' | 'rejected';

class AuthenticatedRequest {
  readonly #credentials: Credentials;
  readonly #dispatch: Dispatcher.Dispatch;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #handler: Dispatcher.DispatchHandler;
  #sendings = 0;

  constructor(
    credentials: Credentials,
    dispatch: Dispatcher.Dispatch,
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ) {
    this.#credentials = credentials;
    this.#dispatch = dispatch;
    this.#options = options;
    this.#handler = handler;
  }

  send(): void {
    const token = this.#credentials.tokens.current();
    if (token === undefined) this.#sendWithNextToken();
    else this.#sendWith(token);
  }

  judge(status: number, token: AccessToken): Verdict {
    // Anything else may come from a server in front, which looks at no token.
    if (status === 200 || status === 304) this.#credentials.taken(token);
    if (status !== 401) return 'pass';
    this.#credentials.refused(token);
    if (!canSendAgain(this.#options)) return 'pass';
    return this.#sendings < 2 ? 'again' : 'rejected';
  }

  #sendWith(token: AccessToken): void {
    this.#sendings++;
    const headers = this.#credentials.behind(flatRequestFields(this.#options.headers), token);
    this.#dispatch({ ...this.#options, headers }, new Attempt(this.#handler, this, token));
  }

  #sendWithNextToken(): void {
    const waiting = new Waiting();
    this.#handler.onRequestStart?.(waiting, undefined);
    this.#credentials.tokens.token({ signal: waiting.signal }).then(
      (token) => {
        if (waiting.reason === null) this.#sendWith(token);
        else this.#handler.onResponseError?.(waiting, waiting.reason);
      },
      (error: Error) => this.#handler.onResponseError?.(waiting, waiting.reason ?? error),
    );
  }
}

/** One sending of a request, with one token. */
class Attempt extends Sending {
  readonly #request: AuthenticatedRequest;
  readonly #token: AccessToken;

  constructor(next: Dispatcher.DispatchHandler, request: AuthenticatedRequest, token: AccessToken) {
    super(next);
    this.#request = request;
    this.#token = token;
  }

  override onResponseStart(...answer: Parameters<Sending['onResponseStart']>): void {
    const [controller, status] = answer;
    const verdict = this.#request.judge(status, this.#token);
    if (verdict === 'pass') {
      super.onResponseStart(...answer);
      return;
    }
    this.supersede();
    if (verdict === 'again') this.#request.send();
    else this.next.onResponseError?.(controller, new TokenRejectedError());
  }
}

/** Controls a request that waits for a token. */
class Waiting implements Dispatcher.DispatchController {
  readonly #giveUp = new AbortController();
  reason: Error | null = null;
  paused = false;

  get signal(): AbortSignal {
    return this.#giveUp.signal;
  }

  get aborted(): boolean {
    return this.reason !== null;
  }

  abort(reason: Error): void {
    this.reason ??= reason;
    this.#giveUp.abort(reason);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}
