import type { Dispatcher } from 'undici';
import { systemEffects } from '../base/effects.ts';
import {
  type AccessToken,
  type ApiRefusal,
  type BearerTokens,
  isRefusal,
  type Place,
} from '../oauth/index.ts';
import { flatRequestFields } from './flat-fields.ts';
import { HeldRefusal } from './held-refusal.ts';
import { canSendAgain, PassingOn } from './passing-on.ts';

/** The application lacks a scope: a person has it granted, and until then the answer is the same. */
export class MissingScopeError extends Error {
  override readonly name = 'MissingScopeError';
  readonly code = 'missing_scope';
  readonly refusal: ApiRefusal;

  constructor(refusal: ApiRefusal) {
    super('The application lacks a scope.');
    this.refusal = refusal;
  }
}

/**
 * Adds `Authorization: Bearer …` (RFC 6750 §2.1), strictly last. A refusal (401 or 403) is held back until `tokens`
 * has judged it: the request is sent again, perhaps after a moment or with another token, or the answer goes on as it
 * came. A request whose body is gone by then is not sent again: its refusal goes on at once, and is judged for those
 * that come after. While a token is at hand nothing is awaited.
 *
 * The request's fields must not hold `authorization`. Errors of the token source reach the handler as they are
 * ({@link DcrError}); a scope that lacks as {@link MissingScopeError}.
 * @param route name of the route, for what is one place's own affair
 */
export const bearerAuthentication = (tokens: BearerTokens, route: string): Dispatcher.DispatchInterceptor => {
  const fields = authenticatedFields();
  return (dispatch) => (options, handler) => {
    new AuthenticatedRequest({ tokens, route, fields, dispatch }, options, handler).send();
    return true;
  };
};

/** Puts the token behind the fields of a request. The same fields and token as before give the very same list. */
const authenticatedFields = () => {
  let last: { fields: string[]; token: AccessToken; list: string[] } | undefined;
  return (fields: string[], token: AccessToken): string[] => {
    if (last?.fields !== fields || last.token !== token) {
      last = { fields, token, list: [...fields, 'authorization', token.authorization.reveal()] };
    }
    return last.list;
  };
};

interface Means {
  readonly tokens: BearerTokens;
  readonly route: string;
  readonly fields: ReturnType<typeof authenticatedFields>;
  readonly dispatch: Dispatcher.Dispatch;
}

const NEVER = new AbortController().signal;

class AuthenticatedRequest {
  readonly place: Place;
  readonly #means: Means;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #handler: Dispatcher.DispatchHandler;
  /** Tokens that it was refused with. */
  readonly #earlier: AccessToken[] = [];

  constructor(means: Means, options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    this.#means = means;
    this.#options = options;
    this.#handler = handler;
    this.place = { route: means.route, path: options.path.split('?', 1)[0] ?? '' };
  }

  send(): void {
    const token = this.#means.tokens.next(this.place);
    if (token !== undefined) this.#sendWith(token);
    else {
      const { tokens } = this.#means;
      this.#await(
        (signal) => tokens.token({ signal }),
        this.#fail,
        (next) => this.#sendWith(next),
      );
    }
  }

  accepted(token: AccessToken, sentAt: AccessToken['receivedAt']): void {
    this.#means.tokens.accepted(token, this.place, sentAt);
  }

  /** The API refused it. @param over is told whether the answer goes to the caller, or is replaced by another */
  judge(
    refusal: ApiRefusal,
    token: AccessToken,
    sentAt: AccessToken['receivedAt'],
    over: (passOn: boolean) => void,
  ): void {
    const request = { place: this.place, token, sentAt, refusal, earlier: [...this.#earlier] };
    this.#earlier.push(token);
    if (!canSendAgain(this.#options)) {
      over(true);
      this.#means.tokens.refused(request, { signal: NEVER }).catch(() => {});
      return;
    }
    this.#await(
      (signal) => this.#means.tokens.refused(request, { signal }),
      (waiting, error) => {
        over(false);
        this.#fail(waiting, error);
      },
      (next, waiting) => {
        const lacksScope = next === undefined && refusal.meaning === 'scope';
        over(next === undefined && !lacksScope);
        if (next !== undefined) this.#sendWith(next);
        else if (lacksScope) this.#fail(waiting, new MissingScopeError(refusal));
      },
    );
  }

  readonly #fail = (waiting: Waiting, error: Error): void => {
    this.#handler.onResponseError?.(waiting, waiting.reason ?? error);
  };

  /** Goes on with what `next` brings, unless its caller leaves meanwhile. */
  #await<Next>(
    next: (signal: AbortSignal) => Promise<Next>,
    fail: (waiting: Waiting, error: Error) => void,
    goOn: (next: Next, waiting: Waiting) => void,
  ): void {
    const waiting = new Waiting();
    this.#handler.onRequestStart?.(waiting, undefined);
    next(waiting.signal).then(
      (it) => {
        if (waiting.reason === null) goOn(it, waiting);
        else fail(waiting, waiting.reason);
      },
      (error: Error) => fail(waiting, error),
    );
  }

  #sendWith(token: AccessToken): void {
    const headers = this.#means.fields(flatRequestFields(this.#options.headers), token);
    this.#means.dispatch({ ...this.#options, headers }, new Attempt(this.#handler, this, token));
  }
}

/** One sending of a request, with one token. */
class Attempt extends PassingOn {
  readonly #request: AuthenticatedRequest;
  readonly #token: AccessToken;
  readonly #sentAt = systemEffects.now();

  constructor(next: Dispatcher.DispatchHandler, request: AuthenticatedRequest, token: AccessToken) {
    super(next);
    this.#request = request;
    this.#token = token;
  }

  override onResponseStart(...answer: Parameters<PassingOn['onResponseStart']>): void {
    const [controller, status] = answer;
    if (isRefusal(status)) {
      const { next } = this;
      this.next = new HeldRefusal(answer, next, (held) => this.#judge(held, next, controller));
      return;
    }
    // Anything else may come from a server in front, which looks at no token.
    if (status === 200 || status === 304) this.#request.accepted(this.#token, this.#sentAt);
    super.onResponseStart(...answer);
  }

  #judge(
    held: HeldRefusal,
    next: Dispatcher.DispatchHandler,
    controller: Dispatcher.DispatchController,
  ): void {
    this.#request.judge(held.refusal, this.#token, this.#sentAt, (passOn) => {
      if (passOn) {
        this.next = next;
        held.passOn();
      } else this.supersede();
      controller.resume();
    });
  }
}

/** Controls a request that waits for a token. There is nothing to pause. */
class Waiting implements Dispatcher.DispatchController {
  readonly #giveUp = new AbortController();
  readonly signal = this.#giveUp.signal;
  readonly paused = false;

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    return this.signal.reason ?? null;
  }

  abort(reason: Error): void {
    this.#giveUp.abort(reason);
  }

  pause(): void {}

  resume(): void {}
}
