import type { Dispatcher } from 'undici';
import type { BearerTokens } from '../oauth/index.ts';
import type { Traces } from '../tracing/traces.ts';
import type { UpstreamSpan } from '../tracing/upstream-span.ts';
import { PassingOn } from './passing-on.ts';
import { flatRequestFields } from './request-fields.ts';

/** Puts a span around each request, and its `traceparent` into it. */
export const traceRequests =
  (traces: Traces, tokens: BearerTokens, { hostname }: URL): Dispatcher.DispatchInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const { method, path } = options;
    const { span, headers } = traces.upstreamRequest(
      { method, path, hostname, headers: flatRequestFields(options.headers) },
      tokens,
    );
    return dispatch({ ...options, headers }, new TracedAnswer(handler, span));
  };

class TracedAnswer extends PassingOn {
  readonly #span: UpstreamSpan;

  constructor(next: Dispatcher.DispatchHandler, span: UpstreamSpan) {
    super(next);
    this.#span = span;
  }

  override onRequestStart(...start: Parameters<PassingOn['onRequestStart']>): void {
    this.#span.sent();
    super.onRequestStart(...start);
  }

  override onResponseStart(...answer: Parameters<PassingOn['onResponseStart']>): void {
    this.#span.answered(answer[1]);
    super.onResponseStart(...answer);
  }

  override onResponseEnd(...end: Parameters<PassingOn['onResponseEnd']>): void {
    this.#span.end();
    super.onResponseEnd(...end);
  }

  override onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if ('code' in error && error.code === 'GIVEN_UP') this.#span.givenUp();
    else this.#span.failed(error);
    super.onResponseError(controller, error);
  }
}
