import type { ServerResponse } from 'node:http';
import type { Effects } from '../../base/effects.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';

const EVERY: Milliseconds = seconds(1);
const MOST_LISTENERS = 64;

/**
 * Server-sent events (HTML §9.2): the same event to every listener, once a second, made only while somebody listens.
 * Whoever reads too slowly misses events rather than piling them up.
 */
export class EventStream {
  readonly #setTimer: Effects['setTimer'];
  readonly #start: () => () => unknown;
  readonly #listeners = new Set<ServerResponse>();
  #latest = '';
  #cancelTimer: (() => void) | undefined;

  /** @param start called when the first listener comes; what it returns makes the data of each event, sent as JSON */
  constructor(setTimer: Effects['setTimer'], start: () => () => unknown) {
    this.#setTimer = setTimer;
    this.#start = start;
  }

  get isFull(): boolean {
    return this.#listeners.size >= MOST_LISTENERS;
  }

  /** Takes the response over. The latest event is sent at once. */
  join(response: ServerResponse): void {
    if (this.#cancelTimer === undefined) this.#run(this.#start());
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
    });
    // The browser comes back this many milliseconds after the connection is lost.
    response.write(`retry: 1000\n\n${this.#latest}`);
    this.#listeners.add(response);
    response.once('close', () => {
      this.#listeners.delete(response);
      if (this.#listeners.size === 0) this.#stop();
    });
  }

  /** Ends every stream. */
  close(): void {
    this.#stop();
    for (const response of this.#listeners) response.end();
  }

  #run(event: () => unknown): void {
    this.#latest = `data: ${JSON.stringify(event())}\n\n`;
    for (const response of this.#listeners) {
      if (!response.writableNeedDrain) response.write(this.#latest);
    }
    this.#cancelTimer = this.#setTimer(EVERY, () => this.#run(event));
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
