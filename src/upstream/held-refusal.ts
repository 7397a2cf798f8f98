import { constants, gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { type ApiRefusal, MOST_REFUSAL_BYTES, readRefusal } from '../oauth/index.ts';
import type { PassingOn } from './passing-on.ts';

type Parameter<Method extends keyof PassingOn> = Parameters<PassingOn[Method]>;

/** A 401 or 403 that is held back while it is judged: its head, what has come of its body, and how that ended. */
export class HeldRefusal implements Dispatcher.DispatchHandler {
  readonly #start: Parameter<'onResponseStart'>;
  readonly #next: Dispatcher.DispatchHandler;
  readonly #judge: (held: HeldRefusal) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #over: (() => void) | undefined;
  #isJudged = false;

  /** @param judge called once there is enough to judge */
  constructor(
    start: Parameter<'onResponseStart'>,
    next: Dispatcher.DispatchHandler,
    judge: (held: HeldRefusal) => void,
  ) {
    this.#start = start;
    this.#next = next;
    this.#judge = judge;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#isJudged || this.#size < MOST_REFUSAL_BYTES) return;
    // What is still to come waits until the answer is passed on or dropped.
    controller.pause();
    this.#judgeNow();
  }

  onResponseEnd(...end: Parameter<'onResponseEnd'>): void {
    this.#over = () => this.#next.onResponseEnd?.(...end);
    if (!this.#isJudged) this.#judgeNow();
  }

  onResponseError(...failure: Parameter<'onResponseError'>): void {
    this.#over = () => this.#next.onResponseError?.(...failure);
    if (!this.#isJudged) this.#over();
  }

  get refusal(): ApiRefusal {
    const [, status, fields] = this.#start;
    const field = (name: string) => [fields[name] ?? []].flat().join(', ') || undefined;
    return readRefusal(status, field('www-authenticate'), this.#text(field('content-encoding')));
  }

  /** Gives the answer as it came. The rest of it, if there is any, is no longer for us. */
  passOn(): void {
    const [controller] = this.#start;
    this.#next.onRequestStart?.(controller, undefined);
    this.#next.onResponseStart?.(...this.#start);
    for (const chunk of this.#chunks) this.#next.onResponseData?.(controller, chunk);
    this.#over?.();
  }

  #judgeNow(): void {
    this.#isJudged = true;
    this.#judge(this);
  }

  #text(coding: string | undefined): string {
    const body = Buffer.concat(this.#chunks);
    if (!/gzip/i.test(coding ?? '')) return body.toString('utf8');
    try {
      const limits = { maxOutputLength: 4 * MOST_REFUSAL_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
      return gunzipSync(body, limits).toString('utf8');
    } catch {
      // What cannot be read says nothing beyond its status.
      return '';
    }
  }
}
