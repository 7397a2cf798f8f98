import type { Dispatcher } from 'undici';
import type { AccessToken } from '../dcr/access-token.ts';
import type { TokenSource } from '../dcr/token-source.ts';

/** The API refused two tokens in a row for one request: new credentials do not help this call. */
export class TokenRejectedError extends Error {
  readonly code = 'token_rejected';

  constructor() {
    super('The report API answered 401 to a fresh token.');
  }
}

/** Most bytes of an answer nobody will see that are read so that its connection can be used again. */
const MAX_DISCARDED_BYTES = 65_536;

/** Failures that mean "this kept-alive connection was already dead", after which a GET may be sent again (RFC 9110 §9.2.2). */
const CONNECTION_LOST: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * An undici interceptor for bodiless GETs: adds `Authorization: Bearer …` (RFC 6750 §2.1) and repeats the request once, after a
 * 401 with another token, or after a connection lost before the answer began. Two upstream requests at most, whatever
 * happens. While a token is at hand nothing is awaited.
 *
 * `options.headers` must be a flat list of names and values without `authorization`. Errors of the token source reach the
 * handler as they are ({@link DcrError}); a second 401 as {@link TokenRejectedError}.
 */
export const bearerAuthentication =
  (tokens: TokenSource): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) => {
    new AuthenticatedRequest(tokens, dispatch, options, handler).send();
    return true;
  };

class AuthenticatedRequest {
  readonly #tokens: TokenSource;
  readonly #dispatch: Dispatcher.Dispatch;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #handler: Dispatcher.DispatchHandler;
  #attempts = 0;

  constructor(
    tokens: TokenSource,
    dispatch: Dispatcher.Dispatch,
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ) {
    this.#tokens = tokens;
    this.#dispatch = dispatch;
    this.#options = options;
    this.#handler = handler;
  }

  get mayRepeat(): boolean {
    return this.#attempts < 2;
  }

  send(): void {
    const token = this.#tokens.current();
    if (token === undefined) this.#sendWithNextToken();
    else this.#sendWith(token);
  }

  #sendWith(token: AccessToken): void {
    this.#attempts++;
    const given = this.#options.headers;
    const headers = Array.isArray(given) ? [...given] : [];
    headers.push('authorization', token.authorization.reveal());
    this.#dispatch({ ...this.#options, headers }, new Attempt(this, this.#handler, token));
  }

  #sendWithNextToken(): void {
    const waiting = new WaitingController();
    this.#handler.onRequestStart?.(waiting, {});
    if (waiting.aborted) return;
    this.#tokens.token({ signal: waiting.signal }).then(
      (token) => {
        if (!waiting.aborted) this.#sendWith(token);
      },
      (error: Error) => {
        if (!waiting.aborted) this.#handler.onResponseError?.(waiting, error);
      },
    );
  }

  /** The API refused `token`: never use it again, for anybody. */
  refused(token: AccessToken): void {
    this.#tokens.invalidate(token);
  }
}

/** One sending of the request. Passes everything on, unless the answer is one that calls for the second sending. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #request: AuthenticatedRequest;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #token: AccessToken;
  /** Set once this attempt has no say any more: what still arrives is thrown away. */
  #superseded = false;
  #answered = false;
  #discarded = 0;

  constructor(request: AuthenticatedRequest, handler: Dispatcher.DispatchHandler, token: AccessToken) {
    this.#request = request;
    this.#handler = handler;
    this.#token = token;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
    statusMessage?: string,
  ): void {
    if (status < 200) return;
    if (status === 401) {
      this.#refused(controller);
      return;
    }
    this.#answered = true;
    this.#handler.onResponseStart?.(controller, status, headers, statusMessage);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#superseded) {
      this.#handler.onResponseData?.(controller, chunk);
      return;
    }
    this.#discarded += chunk.length;
    if (this.#discarded > MAX_DISCARDED_BYTES) controller.abort(new Error('discarded answer too large'));
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[]>,
  ): void {
    if (!this.#superseded) this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#superseded) return;
    const lost = !this.#answered && 'code' in error && CONNECTION_LOST.has(String(error.code));
    if (lost && !controller.aborted && this.#request.mayRepeat) {
      this.#superseded = true;
      this.#request.send();
      return;
    }
    this.#handler.onResponseError?.(controller, error);
  }

  #refused(controller: Dispatcher.DispatchController): void {
    this.#superseded = true;
    this.#request.refused(this.#token);
    if (this.#request.mayRepeat) this.#request.send();
    else this.#handler.onResponseError?.(controller, new TokenRejectedError());
  }
}

/** Stands in for the connection's controller while there is none yet, so that a caller who leaves can say so. */
class WaitingController implements Dispatcher.DispatchController {
  readonly #abort = new AbortController();
  readonly paused = false;
  readonly rawHeaders = null;
  readonly rawTrailers = null;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted;
  }

  get reason(): Error | null {
    return this.aborted ? (this.#abort.signal.reason as Error) : null;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  pause(): void {}
  resume(): void {}
}
