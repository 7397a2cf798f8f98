import { constants, gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { type ApiRefusal, MOST_REFUSAL_BYTES, readRefusal } from '../oauth/index.ts';
import type { PassingOn } from './passing-on.ts';

type Parameter<Method extends keyof PassingOn> = Parameters<PassingOn[Method]>;

/** A 401 or 403 that is held back while it is judged: its head, what has come of its body, and how that ended. */
export class HeldRefusal {
  readonly #start: Parameter<'onResponseStart'>;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #over: ((next: Dispatcher.DispatchHandler) => void) | undefined;
  #judged = false;

  constructor(start: Parameter<'onResponseStart'>) {
    this.#start = start;
  }

  get isJudged(): boolean {
    return this.#judged;
  }

  /** @returns whether there is enough to judge */
  add(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#judged || this.#size < MOST_REFUSAL_BYTES) return false;
    this.#judged = true;
    // What is still to come waits until the answer is passed on or dropped.
    this.#start[0].pause();
    return true;
  }

  /** @returns whether it is to be judged now */
  end(end: Parameter<'onResponseEnd'>): boolean {
    this.#over = (next) => next.onResponseEnd?.(...end);
    const first = !this.#judged;
    this.#judged = true;
    return first;
  }

  fail(failure: Parameter<'onResponseError'>): void {
    this.#over = (next) => next.onResponseError?.(...failure);
  }

  get refusal(): ApiRefusal {
    const [, status, fields] = this.#start;
    const field = (name: string) => [fields[name] ?? []].flat().join(', ') || undefined;
    return readRefusal(status, field('www-authenticate'), this.#text(field('content-encoding')));
  }

  /** Gives the answer as it came to `next`, which gets the rest of it, if there is any, by itself. */
  passOn(next: Dispatcher.DispatchHandler): void {
    const [controller] = this.#start;
    next.onRequestStart?.(controller, undefined);
    next.onResponseStart?.(...this.#start);
    for (const chunk of this.#chunks) next.onResponseData?.(controller, chunk);
    this.#over?.(next);
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
