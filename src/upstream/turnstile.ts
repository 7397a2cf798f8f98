import type { Dispatcher } from 'undici';
import type { Milliseconds } from '../base/units.ts';
import type { ConnectionOptions } from './connections.ts';
import { PassingOn } from './passing-on.ts';
import { UpstreamError } from './upstream-error.ts';

/** Requests that may wait for a connection, for each one that there is. */
const QUEUE_PER_CONNECTION = 64;

/** Time is looked after in sweeps, so that a request costs no timer of its own: this is how late they may be. */
const LONGEST_SWEEP = 1_000;
const SHORTEST_SWEEP = 20;

/**
 * Lets as many requests through as there may be connections. The others wait here, where they can be given up, refused
 * when they are too many, and timed out: undici's own queue knows none of this. One may wait for `headersTimeoutMs`: a
 * busy origin is not one that is out of reach. One whose reader is slow keeps its connection for `bodyIdleTimeoutMs`
 * while others wait.
 */
export class Turnstile {
  readonly #maxConnections: number;
  readonly #waiting: Passage[] = [];
  readonly #passages = new Slots<Passage>();
  readonly #limits: Readonly<Record<'turn' | 'connection' | 'reader', number>>;
  readonly #sweepInterval: number;
  #under = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;
  #onQuiet = (): void => {};

  constructor({ maxConnections, connectTimeoutMs, headersTimeoutMs, bodyIdleTimeoutMs }: ConnectionOptions) {
    this.#maxConnections = maxConnections;
    const shortest = Math.min(connectTimeoutMs, headersTimeoutMs, bodyIdleTimeoutMs);
    this.#sweepInterval = Math.max(SHORTEST_SWEEP, Math.min(LONGEST_SWEEP, Math.floor(shortest / 4)));
    const sweeps = (timeout: Milliseconds) => Math.ceil(timeout / this.#sweepInterval);
    this.#limits = {
      turn: sweeps(headersTimeoutMs),
      // undici's own time-out comes first, where it comes at all.
      connection: sweeps(connectTimeoutMs) + 2,
      reader: sweeps(bodyIdleTimeoutMs),
    };
  }

  readonly interceptor: Dispatcher.DispatchInterceptor = (dispatch) => (options, handler) => {
    const passage = new Passage(handler, this.#onOver);
    this.#passages.add(passage);
    passage.open(() => void dispatch(options, passage));
    if (passage.phase === 'over') return true;
    if (this.#closed) passage.fail(closed());
    else if (this.#under < this.#maxConnections) this.#let(passage);
    else if (this.#waiting.length < QUEUE_PER_CONNECTION * this.#maxConnections) this.#waiting.push(passage);
    else passage.fail(new UpstreamError('QUEUE_FULL', 'Too many requests wait for a connection.'));
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#sweepInterval).unref();
    return true;
  };

  /** @returns when no request is under way */
  async quiet(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onQuiet = resolve;
    if (this.#passages.size > 0) await promise;
  }

  /** Refuses all that wait, and all that come. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const passage of this.#passages.all()) if (passage.phase !== 'answer') passage.fail(closed());
  }

  #let(passage: Passage): void {
    this.#under++;
    passage.send();
  }

  readonly #onOver = (passage: Passage, hadTurn: boolean): void => {
    this.#passages.delete(passage);
    if (this.#passages.size === 0) this.#onQuiet();
    if (!hadTurn) return;
    this.#under--;
    const next = this.#nextWaiting();
    if (next !== undefined) this.#let(next);
  };

  #nextWaiting(): Passage | undefined {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.phase === 'turn') return next;
    }
    return undefined;
  }

  #sweep(): void {
    if (this.#passages.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
      return;
    }
    const somebodyWaits = this.#waiting.some(({ phase }) => phase === 'turn');
    for (const passage of this.#passages.all()) this.#look(passage, somebodyWaits);
  }

  #look(passage: Passage, somebodyWaits: boolean): void {
    const { phase } = passage;
    if (phase === 'answer') {
      if (!passage.paused || !somebodyWaits || passage.sweeps++ < this.#limits.reader) return;
      passage.abort(new UpstreamError('SLOW_CALLER', 'The caller read too slowly while others waited.'));
    } else if (phase !== 'over' && passage.sweeps++ >= this.#limits[phase]) {
      const code = phase === 'turn' ? 'QUEUE_TIMEOUT' : 'CONNECT_TIMEOUT';
      passage.fail(new UpstreamError(code, `It took too long (${phase}).`));
    }
  }
}

const closed = (): UpstreamError => new UpstreamError('CLOSED', 'The process is stopping.');

/**
 * One request on its way through. Its handler is given this controller at once, so that it can leave at any time:
 * while it waits for its turn, while undici connects, and after.
 */
class Passage extends PassingOn implements Dispatcher.DispatchController {
  /** In {@link Slots}. */
  slot = -1;
  phase: 'turn' | 'connection' | 'answer' | 'over' = 'turn';
  /** Sweeps that found it waiting, or in the way of others. */
  sweeps = 0;
  rawHeaders: NonNullable<Dispatcher.DispatchController['rawHeaders']> | null = null;
  readonly rawTrailers = null;
  reason: Error | null = null;
  /** Time does not count against the origin while we are the ones who do not read. */
  paused = false;
  readonly #onOver: (passage: Passage, hadTurn: boolean) => void;
  #dispatch: () => void = () => {};
  #controller: Dispatcher.DispatchController | undefined;

  constructor(next: Dispatcher.DispatchHandler, onOver: (passage: Passage, hadTurn: boolean) => void) {
    super(next);
    this.#onOver = onOver;
  }

  get aborted(): boolean {
    return this.reason !== null;
  }

  open(dispatch: () => void): void {
    this.#dispatch = dispatch;
    super.onRequestStart(this, undefined);
  }

  /** Not at once, as this may be within a call from undici's parser, which must not be entered twice. */
  send(): void {
    this.phase = 'connection';
    this.sweeps = 0;
    queueMicrotask(() => {
      if (this.phase === 'connection') this.#dispatch();
    });
  }

  abort(reason: Error): void {
    if (this.phase === 'over' || this.aborted) return;
    this.reason = reason;
    if (this.phase === 'answer') this.#controller?.abort(reason);
    else this.fail(reason);
  }

  pause(): void {
    this.paused = true;
    this.#controller?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    queueMicrotask(() => {
      if (this.phase === 'answer' && !this.paused) this.#controller?.resume();
    });
  }

  fail(error: Error): void {
    if (!this.#end()) return;
    this.reason ??= error;
    super.onResponseError(this, error);
  }

  override onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.reason !== null) {
      controller.abort(this.reason);
      return;
    }
    this.#controller = controller;
    this.phase = 'answer';
    this.sweeps = 0;
    if (this.paused) controller.pause();
  }

  override onResponseStart(...[controller, ...answer]: Parameters<PassingOn['onResponseStart']>): void {
    this.rawHeaders = controller.rawHeaders ?? null;
    super.onResponseStart(this, ...answer);
  }

  override onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    super.onResponseData(this, chunk);
  }

  override onResponseEnd(...[, trailers]: Parameters<PassingOn['onResponseEnd']>): void {
    if (this.#end()) super.onResponseEnd(this, trailers);
  }

  override onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** @returns whether it was still under way */
  #end(): boolean {
    if (this.phase === 'over') return false;
    const hadTurn = this.phase !== 'turn';
    this.phase = 'over';
    this.#onOver(this, hadTurn);
    return true;
  }
}

/**
 * An unordered collection that things enter and leave at a high rate. A `Set` that is filled and emptied all the time
 * leaves a chain of outgrown tables behind, through which dead entries keep each other alive until a full collection:
 * 6 KB a request here.
 */
export class Slots<T extends { slot: number }> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** Harmless for what stands nowhere, at -1. The last one takes the free place. */
  delete(item: T): void {
    const { slot } = item;
    if (slot === -1) return;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
    }
    item.slot = -1;
  }

  /** A copy, so that what happens to one item may remove others. */
  all(): readonly T[] {
    return [...this.#items];
  }
}
