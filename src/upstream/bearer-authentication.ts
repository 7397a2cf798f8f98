import type { AccessToken, BearerTokens } from '../oauth/index.ts';
import type {
  AnswerHandler,
  AnswerHead,
  Dispatch,
  OriginRequest,
  Release,
  RequestControl,
} from './origin/answer-handler.ts';

/** The API refused two tokens in a row for one request: new credentials do not help this call. */
export class TokenRejectedError extends Error {
  override readonly name = 'TokenRejectedError';
  readonly code = 'token_rejected';

  constructor() {
    super('The report API answered 401 to a fresh token.');
  }
}

/** Most bytes of an answer nobody will see that are read so that its connection can be used again. */
const MAX_DISCARDED_BYTES = 65_536;

/** Failures that mean "this kept connection was already dead", after which a GET may be sent again (RFC 9110 §9.2.2). */
const CONNECTION_LOST: ReadonlySet<unknown> = new Set(['CONNECTION_LOST', 'ECONNRESET', 'EPIPE']);

/**
 * An interceptor: adds `Authorization: Bearer …` (RFC 6750 §2.1), strictly last, and sends the request a second time after a 401, with another
 * token, or after a connection that was lost before the answer began. Two requests at most, whatever happens. While a
 * token is at hand nothing is awaited.
 *
 * The request's fields must not hold `authorization`. Errors of the token source reach the handler as they are
 * ({@link DcrError}); a second 401 as {@link TokenRejectedError}.
 */
export const bearerAuthentication =
  (tokens: BearerTokens) =>
  (dispatch: Dispatch): Dispatch => {
    const proven: Proven = { token: undefined };
    const fields = new AuthenticatedFields();
    return (request, handler) =>
      new AuthenticatedRequest(tokens, proven, fields, dispatch, request, handler).send();
  };

/** The last token that the API has taken. A later refusal of it is a revocation, not a token that never was good. */
interface Proven {
  token: AccessToken | undefined;
}

/** Puts the token behind the fields of a request. The same fields and token as before give the very same list. */
class AuthenticatedFields {
  #fields: readonly string[] | undefined;
  #token: AccessToken | undefined;
  #list: readonly string[] = [];

  of(fields: readonly string[], token: AccessToken): readonly string[] {
    if (fields !== this.#fields || token !== this.#token) {
      this.#fields = fields;
      this.#token = token;
      this.#list = [...fields, 'authorization', token.authorization.reveal()];
    }
    return this.#list;
  }
}

class AuthenticatedRequest {
  readonly #tokens: BearerTokens;
  readonly #proven: Proven;
  readonly #fields: AuthenticatedFields;
  readonly #dispatch: Dispatch;
  readonly #request: OriginRequest;
  readonly #handler: AnswerHandler;
  #attempts = 0;

  constructor(
    tokens: BearerTokens,
    proven: Proven,
    fields: AuthenticatedFields,
    dispatch: Dispatch,
    request: OriginRequest,
    handler: AnswerHandler,
  ) {
    this.#tokens = tokens;
    this.#proven = proven;
    this.#fields = fields;
    this.#dispatch = dispatch;
    this.#request = request;
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

  /** The API refused `token`: it is not used again, for anybody. */
  refused(token: AccessToken): void {
    this.#tokens.invalidate(token, { served: this.#proven.token === token });
  }

  /** The API took `token`. */
  taken(token: AccessToken): void {
    this.#proven.token = token;
  }

  #sendWith(token: AccessToken): void {
    this.#attempts++;
    const { target, headers } = this.#request;
    this.#dispatch(
      { target, headers: this.#fields.of(headers, token) },
      new Attempt(this, this.#handler, token),
    );
  }

  #sendWithNextToken(): void {
    const waiting = new AbortController();
    this.#handler.onStart({ abort: () => waiting.abort(), pause: nothing, resume: nothing });
    if (waiting.signal.aborted) return;
    this.#tokens.token({ signal: waiting.signal }).then(
      (token) => {
        if (!waiting.signal.aborted) this.#sendWith(token);
      },
      (error: Error) => {
        if (!waiting.signal.aborted) this.#handler.onError(error);
      },
    );
  }
}

const nothing = (): void => {};

/** One sending of the request. Passes everything on, unless the answer is one that calls for the second sending. */
class Attempt implements AnswerHandler {
  readonly #request: AuthenticatedRequest;
  readonly #handler: AnswerHandler;
  readonly #token: AccessToken;
  #control: RequestControl | undefined;
  /** This attempt has no say any more: what still arrives is thrown away. */
  #superseded = false;
  #answered = false;
  #discarded = 0;

  constructor(request: AuthenticatedRequest, handler: AnswerHandler, token: AccessToken) {
    this.#request = request;
    this.#handler = handler;
    this.#token = token;
  }

  onStart(control: RequestControl): void {
    this.#control = control;
    this.#handler.onStart(control);
  }

  onInterim(head: AnswerHead): void {
    this.#handler.onInterim?.(head);
  }

  onHead(head: AnswerHead): void {
    if (head.status === 401) {
      this.#refused();
      return;
    }
    this.#answered = true;
    // Anything else may come from a server in front, which looks at no token.
    if (head.status === 200 || head.status === 304) this.#request.taken(this.#token);
    this.#handler.onHead(head);
  }

  onData(chunk: Buffer, release?: Release): void {
    if (!this.#superseded) {
      this.#handler.onData(chunk, release);
      return;
    }
    release?.();
    this.#discarded += chunk.length;
    if (this.#discarded > MAX_DISCARDED_BYTES) this.#control?.abort();
  }

  onLull(): void {
    if (!this.#superseded) this.#handler.onLull?.();
  }

  onEnd(): void {
    if (!this.#superseded) this.#handler.onEnd();
  }

  onError(error: Error): void {
    if (this.#superseded) return;
    const lost = !this.#answered && 'code' in error && CONNECTION_LOST.has(error.code);
    if (lost && this.#request.mayRepeat) {
      this.#superseded = true;
      this.#request.send();
    } else {
      this.#handler.onError(error);
    }
  }

  #refused(): void {
    this.#superseded = true;
    this.#request.refused(this.#token);
    if (this.#request.mayRepeat) this.#request.send();
    else this.#handler.onError(new TokenRejectedError());
  }
}
