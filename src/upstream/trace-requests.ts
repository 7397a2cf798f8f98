import type { Span, SpanStatus } from '@opentelemetry/api';
import type { Dispatcher } from 'undici';
import { errorCode } from '../base/error-code.ts';
import type { BearerTokens } from '../oauth/index.ts';
import type { Traces } from '../tracing/traces.ts';
import { flatRequestFields } from './flat-fields.ts';
import { PassingOn } from './passing-on.ts';

/** Puts a span around each request, and its `traceparent` into it. */
export const traceRequests =
  (traces: Traces, tokens: BearerTokens, { hostname }: URL): Dispatcher.DispatchInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const { method, path } = options;
    const { span, failure, headers } = traces.upstreamRequest(
      { method, path, hostname, headers: flatRequestFields(options.headers) },
      tokens,
    );
    return dispatch({ ...options, headers }, new TracedAnswer(handler, span, failure));
  };

/** Keeps the span of one request, and of every sending of it. */
class TracedAnswer extends PassingOn {
  readonly #span: Span;
  readonly #failure: SpanStatus;
  #sendings = 0;

  constructor(next: Dispatcher.DispatchHandler, span: Span, failure: SpanStatus) {
    super(next);
    this.#span = span;
    this.#failure = failure;
  }

  override onRequestStart(...start: Parameters<PassingOn['onRequestStart']>): void {
    if (this.#sendings > 0) this.#span.setAttribute('http.request.resend_count', this.#sendings);
    this.#sendings++;
    super.onRequestStart(...start);
  }

  override onResponseStart(...answer: Parameters<PassingOn['onResponseStart']>): void {
    const [, status] = answer;
    this.#span.setAttribute('http.response.status_code', status);
    if (status >= 400) this.#span.setStatus(this.#failure);
    super.onResponseStart(...answer);
  }

  override onResponseEnd(...end: Parameters<PassingOn['onResponseEnd']>): void {
    this.#span.end();
    super.onResponseEnd(...end);
  }

  override onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    const code = errorCode(error) ?? error.name;
    // Its caller has left, which is nobody's fault.
    const isGivenUp = code === 'GIVEN_UP';
    this.#span.setAttribute('error.type', isGivenUp ? 'aborted' : code);
    if (!isGivenUp) this.#span.setStatus(this.#failure);
    this.#span.end();
    super.onResponseError(controller, error);
  }
}
