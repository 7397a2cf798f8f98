import type { Dispatcher } from 'undici';
import { givenUp } from './upstream-error.ts';

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;
type Fields = Parameters<NonNullable<Handler['onResponseStart']>>[2];

/** A handler that passes everything on as it comes. Interceptors override what concerns them. */
export class PassingOn implements Handler {
  protected readonly next: Handler;

  constructor(next: Handler) {
    this.next = next;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.next.onRequestStart?.(controller, context);
  }

  onResponseStarted(): void {
    this.next.onResponseStarted?.();
  }

  onResponseStart(controller: Controller, status: number, fields: Fields, message?: string): void {
    this.next.onResponseStart?.(controller, status, fields, message);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.next.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Fields): void {
    this.next.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.next.onResponseError?.(controller, error);
  }
}

/** Most bytes of an answer nobody will see that are read so that its connection can be used again. */
const MAX_DISCARDED_BYTES = 65_536;

/**
 * One sending of a request that may be sent again. It passes its answer on until it is superseded by the next one;
 * what still comes is then read, so that the connection lives on, and thrown away.
 */
export class Sending extends PassingOn {
  #superseded = false;
  #discarded = 0;

  /** Another sending answers from now on. */
  protected supersede(): void {
    this.#superseded = true;
  }

  override onResponseStart(...answer: Parameters<PassingOn['onResponseStart']>): void {
    if (!this.#superseded) super.onResponseStart(...answer);
  }

  override onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#superseded) {
      super.onResponseData(controller, chunk);
      return;
    }
    this.#discarded += chunk.length;
    if (this.#discarded > MAX_DISCARDED_BYTES) controller.abort(givenUp());
  }

  override onResponseEnd(...end: Parameters<PassingOn['onResponseEnd']>): void {
    if (!this.#superseded) super.onResponseEnd(...end);
  }

  override onResponseError(...failure: Parameters<PassingOn['onResponseError']>): void {
    if (!this.#superseded) super.onResponseError(...failure);
  }
}

/** Whether the very same request can be sent a second time: a body that streams is gone once it was sent. */
export const canSendAgain = ({ body }: Dispatcher.DispatchOptions): boolean =>
  body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array;
