import type { Dispatcher } from 'undici';
import { givenUp } from './upstream-error.ts';

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;
type Fields = Parameters<NonNullable<Handler['onResponseStart']>>[2];

/** A handler that passes everything on as it comes. Interceptors override what concerns them. */
export class PassingOn implements Handler {
  protected next: Handler;

  constructor(next: Handler) {
    this.next = next;
  }

  /**
   * Another sending of the request answers from now on: what still comes of this one is read, so that its connection
   * lives on, and thrown away.
   */
  protected supersede(): void {
    this.next = discarding();
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

const discarding = (): Handler => {
  let discarded = 0;
  return {
    onResponseData: (controller, chunk) => {
      discarded += chunk.length;
      if (discarded > MAX_DISCARDED_BYTES) controller.abort(givenUp());
    },
  };
};

/** Whether the very same request can be sent a second time: a body that streams is gone once it was sent. */
export const canSendAgain = ({ body }: Dispatcher.DispatchOptions): boolean =>
  body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array;
