import type { Span, SpanStatusCode } from '@opentelemetry/api';

/** The span of one request upstream, and of every sending of it. */
export class UpstreamSpan {
  readonly #span: Span;
  readonly #errorCode: SpanStatusCode;
  #sendings = 0;

  constructor(span: Span, errorCode: SpanStatusCode) {
    this.#span = span;
    this.#errorCode = errorCode;
  }

  sent(): void {
    this.#sendings++;
    if (this.#sendings > 1) this.#span.setAttribute('http.request.resend_count', this.#sendings - 1);
  }

  answered(status: number): void {
    this.#span.setAttribute('http.response.status_code', status);
    if (status >= 400) this.#span.setStatus({ code: this.#errorCode });
  }

  end(): void {
    this.#span.end();
  }

  /** Its caller has left, which is nobody's fault. */
  givenUp(): void {
    this.#span.setAttribute('error.type', 'aborted');
    this.#span.end();
  }

  failed(error: Error): void {
    this.#span.setAttribute('error.type', 'code' in error ? String(error.code) : error.name);
    this.#span.setStatus({ code: this.#errorCode });
    this.#span.end();
  }
}
