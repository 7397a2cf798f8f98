import type { Dispatcher } from 'undici';
import { PassingOn } from './passing-on.ts';
import { givenUp } from './upstream-error.ts';

/** Most bytes of an answer nobody will see that are read so that its connection can be used again. */
const MAX_DISCARDED_BYTES = 65_536;

type Parameter<Method extends keyof PassingOn> = Parameters<PassingOn[Method]>;

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

  override onResponseStart(...answer: Parameter<'onResponseStart'>): void {
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

  override onResponseEnd(...end: Parameter<'onResponseEnd'>): void {
    if (!this.#superseded) super.onResponseEnd(...end);
  }

  override onResponseError(...failure: Parameter<'onResponseError'>): void {
    if (!this.#superseded) super.onResponseError(...failure);
  }
}

/** Whether the very same request can be sent a second time: a body that streams is gone once it was sent. */
export const canSendAgain = ({ body }: Dispatcher.DispatchOptions): boolean =>
  body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array;
