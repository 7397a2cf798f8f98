import type { Dispatcher } from 'undici';
import { errorCode } from '../base/error-code.ts';
import type { Milliseconds } from '../base/units.ts';
import type { Connections } from './connections.ts';
import { canSendAgain, PassingOn } from './passing-on.ts';
import { givenUp } from './upstream-error.ts';

/** Failures that mean "this connection was dead". */
const LOST: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * Sends a GET a second time, on a new connection, when its connection ends before the answer begins, or when it is a
 * kept one that stays silent (RFC 9110 §9.2.2): servers, and what is between, forget connections without a word. Once,
 * and never after the head of an answer.
 * @param silence after which a kept connection is not believed in any more
 */
export const resendOnNewConnection =
  (connections: Connections, silence: Milliseconds): Dispatcher.DispatchInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(
      options,
      isSafe(options)
        ? new FirstSending(handler, connections, silence, () => dispatch(options, handler))
        : handler,
    );

const isSafe = (options: Dispatcher.DispatchOptions): boolean =>
  (options.method === 'GET' || options.method === 'HEAD') && canSendAgain(options);

class FirstSending extends PassingOn {
  readonly #connections: Connections;
  readonly #silence: Milliseconds;
  readonly #again: () => void;
  #isKept = false;
  #answered = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    next: Dispatcher.DispatchHandler,
    connections: Connections,
    silence: Milliseconds,
    again: () => void,
  ) {
    super(next);
    this.#connections = connections;
    this.#silence = silence;
    this.#again = again;
  }

  override onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#isKept = !this.#connections.isOpening;
    if (this.#isKept) this.#timer = setTimeout(() => this.#onSilence(controller), this.#silence).unref();
    super.onRequestStart(controller, context);
  }

  override onResponseStarted(): void {
    clearTimeout(this.#timer);
    super.onResponseStarted();
  }

  override onResponseStart(...answer: Parameters<PassingOn['onResponseStart']>): void {
    this.#answered = true;
    // RFC 9110 §15.5.9: the server was about to close an idle connection.
    if (this.#isKept && answer[1] === 408) this.#sendAgain();
    super.onResponseStart(...answer);
  }

  override onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    const lost = !this.#answered && LOST.has(errorCode(error));
    if (lost) this.#sendAgain();
    else super.onResponseError(controller, error);
  }

  #onSilence(controller: Dispatcher.DispatchController): void {
    this.#sendAgain();
    controller.abort(givenUp());
  }

  /** What took one kept connection away took the others as well: all are left, and none is waited for. */
  #sendAgain(): void {
    this.supersede();
    this.#connections.renew();
    this.#again();
  }
}
