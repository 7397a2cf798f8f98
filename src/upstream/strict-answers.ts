import { type Dispatcher, errors } from 'undici';
import type { Milliseconds } from '../base/units.ts';
import { type AnswerHead, answerHead, flatFields } from './flat-fields.ts';
import { PassingOn } from './passing-on.ts';
import { UpstreamError } from './upstream-error.ts';

/** Interim answers before the answer. Go's client bounds them as well. */
const MAX_INTERIM_ANSWERS = 16;
const MAX_FIELDS = 256;

/**
 * Refuses what undici takes and a proxy should not hand on, as it could be read in two ways further down (request
 * smuggling, cache poisoning). Its connection is not used again.
 * @param headersTimeout until the answer begins, however many interim answers come before it
 */
export const strictAnswers =
  (headersTimeout: Milliseconds): Dispatcher.DispatchInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, new StrictAnswer(handler, options, headersTimeout));

class StrictAnswer extends PassingOn {
  readonly #options: Dispatcher.DispatchOptions;
  readonly #headersTimeout: Milliseconds;
  #sentAt = 0;
  #interims = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    next: Dispatcher.DispatchHandler,
    options: Dispatcher.DispatchOptions,
    headersTimeout: Milliseconds,
  ) {
    super(next);
    this.#options = options;
    this.#headersTimeout = headersTimeout;
  }

  override onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#sentAt = performance.now();
    super.onRequestStart(controller, context);
  }

  override onResponseStart(...[controller, status, ...rest]: Parameters<PassingOn['onResponseStart']>): void {
    clearTimeout(this.#timer);
    const fields = flatFields(controller);
    // As text, for all who come after.
    controller.rawHeaders = fields;
    const fault = faultOf(answerHead(status, fields), acceptEncoding(this.#options));
    if (fault !== undefined) controller.abort(new UpstreamError('INVALID_ANSWER', fault));
    else if (status < 200 && !this.#mayWait(controller)) return;
    else super.onResponseStart(controller, status, ...rest);
  }

  override onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    // undici's parser gives its errors no code.
    const isMalformed = error instanceof errors.HTTPParserError;
    super.onResponseError(
      controller,
      isMalformed ? new UpstreamError('INVALID_ANSWER', error.message) : error,
    );
  }

  /** For undici each interim answer starts the time-out anew. */
  #mayWait(controller: Dispatcher.DispatchController): boolean {
    if (++this.#interims > MAX_INTERIM_ANSWERS) {
      controller.abort(new UpstreamError('INVALID_ANSWER', 'There are too many interim answers.'));
      return false;
    }
    const left = this.#sentAt + this.#headersTimeout - performance.now();
    this.#timer = setTimeout(
      () => controller.abort(new UpstreamError('HEAD_TIMEOUT', 'Interim answers came, and no answer.')),
      Math.max(0, left),
    ).unref();
    return true;
  }
}

/** What is wrong with a head, as a sentence. Pure. @param acceptEncoding of the request */
export const faultOf = (head: AnswerHead, acceptEncoding: () => string | undefined): string | undefined => {
  const { status, headers, lowerNames } = head;
  if (status > 599) return 'The status is of no known class.';
  if (status === 101) return 'The protocol is switched unasked.';
  if (lowerNames.length > MAX_FIELDS) return 'The head has too many fields.';
  let framings = 0;
  for (let i = 0; i < lowerNames.length; i++) {
    const value = headers[2 * i + 1] ?? '';
    switch (lowerNames[i]) {
      case 'content-length':
        framings++;
        break;
      case 'transfer-encoding':
        framings++;
        if (value.toLowerCase() !== 'chunked') return 'The Transfer-Encoding is not chunked alone.';
        break;
      case 'content-encoding':
        if (!accepts(acceptEncoding(), value)) return 'The Content-Encoding was not asked for.';
    }
  }
  return framings > 1 ? 'The head says more than once where the body ends.' : undefined;
};

/** RFC 9110 §12.5.3. Weights do not matter here: what was named at all is understood. */
const accepts = (acceptEncoding: string | undefined, coding: string): boolean => {
  const name = coding.toLowerCase().replace(/^x-/, '');
  if (acceptEncoding === undefined || name === '' || name === 'identity') return true;
  const named = acceptEncoding.split(',').map((it) => it.split(';', 1)[0]?.trim().toLowerCase());
  return named.includes(name) || named.includes('*');
};

const acceptEncoding =
  ({ headers }: Dispatcher.DispatchOptions) =>
  (): string | undefined => {
    if (!Array.isArray(headers)) return undefined;
    const at = headers.findIndex((it, index) => index % 2 === 0 && it.toLowerCase() === 'accept-encoding');
    return at === -1 ? undefined : headers[at + 1];
  };
