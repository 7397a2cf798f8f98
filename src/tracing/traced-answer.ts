import type { Span, SpanStatusCode } from '@opentelemetry/api';
import type {
  AnswerHandler,
  AnswerHead,
  Release,
  RequestControl,
} from '../upstream/origin/answer-handler.ts';

/** Passes an answer on and ends the span of its request with it, however it ends. */
export class TracedAnswer implements AnswerHandler {
  readonly #handler: AnswerHandler;
  readonly #span: Span;
  readonly #errorCode: SpanStatusCode;
  #sendings = 0;

  constructor(handler: AnswerHandler, span: Span, errorCode: SpanStatusCode) {
    this.#handler = handler;
    this.#span = span;
    this.#errorCode = errorCode;
  }

  onStart(control: RequestControl): void {
    this.#sendings++;
    if (this.#sendings > 1) this.#span.setAttribute('http.request.resend_count', this.#sendings - 1);
    this.#handler.onStart({
      abort: () => {
        this.#span.setAttribute('error.type', 'aborted');
        this.#span.end();
        control.abort();
      },
      pause: () => control.pause(),
      resume: () => control.resume(),
    });
  }

  onInterim(head: AnswerHead): void {
    this.#handler.onInterim?.(head);
  }

  onHead(head: AnswerHead): void {
    this.#span.setAttribute('http.response.status_code', head.status);
    if (head.status >= 400) this.#span.setStatus({ code: this.#errorCode });
    this.#handler.onHead(head);
  }

  onData(chunk: Buffer, release?: Release): void {
    this.#handler.onData(chunk, release);
  }

  onLull(): void {
    this.#handler.onLull?.();
  }

  onEnd(): void {
    this.#span.end();
    this.#handler.onEnd();
  }

  onError(error: Error): void {
    this.#span.setAttribute('error.type', 'code' in error ? String(error.code) : error.name);
    this.#span.setStatus({ code: this.#errorCode });
    this.#span.end();
    this.#handler.onError(error);
  }
}
