import type { AnswerHandler, AnswerHead, Release, RequestControl } from './answer-handler.ts';
import type { OriginConnection } from './origin-connection.ts';
import type { Slotted } from './slots.ts';

/** What a request waits for; each has a time-out of its own. */
export type Waiting = 'turn' | 'connection' | 'head' | 'body' | 'nothing';

/** A request from `dispatch` to its end, wherever it is: in the queue, on a connection, or abandoned. */
export class PendingRequest implements RequestControl, Slotted {
  /** The bytes to send, in Latin-1. */
  readonly head: string;
  readonly #handler: AnswerHandler;
  readonly #onOver: (request: PendingRequest) => void;
  #connection: OriginConnection | undefined;
  slot = -1;
  waiting: Waiting = 'turn';
  /** Sweeps without any progress; see the client's time-outs. */
  idleSweeps = 0;
  /** Sweeps, since the beginning, that found us not reading while others waited for a connection. */
  sweepsInTheWay = 0;
  #over = false;
  #paused = false;

  constructor(head: string, handler: AnswerHandler, onOver: (request: PendingRequest) => void) {
    this.head = head;
    this.#handler = handler;
    this.#onOver = onOver;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Time does not count against the origin while we are the ones who do not read. */
  get isPaused(): boolean {
    return this.#paused;
  }

  get connection(): OriginConnection | undefined {
    return this.#connection;
  }

  /** It is its turn: there is a connection for it, or one is being made. */
  onTurn(connection: OriginConnection): void {
    this.#connection = connection;
    this.#progress('connection');
  }

  start(): void {
    this.#handler.onStart(this);
  }

  abort(): void {
    if (this.#over) return;
    this.#finish();
    this.#connection?.abandon(this);
  }

  pause(): void {
    this.#paused = true;
    this.#connection?.pause(this);
  }

  resume(): void {
    this.#paused = false;
    this.idleSweeps = 0;
    this.#connection?.resume(this);
  }

  onSent(): void {
    this.#progress('head');
  }

  /** No progress: an origin that sends nothing else is timed out. */
  onInterim(head: AnswerHead): void {
    if (!this.#over) this.#handler.onInterim?.(head);
  }

  onHead(head: AnswerHead): void {
    this.#progress('body');
    if (!this.#over) this.#handler.onHead(head);
  }

  onData(chunk: Buffer, release?: Release): void {
    this.#progress('body');
    if (this.#over) release?.();
    else this.#handler.onData(chunk, release);
  }

  onLull(): void {
    if (!this.#over) this.#handler.onLull?.();
  }

  onEnd(): void {
    if (this.#over) return;
    this.#finish();
    this.#handler.onEnd();
  }

  onError(error: Error): void {
    if (this.#over) return;
    this.#finish();
    this.#handler.onError(error);
  }

  #progress(waiting: Waiting): void {
    this.waiting = waiting;
    this.idleSweeps = 0;
  }

  #finish(): void {
    this.#over = true;
    this.waiting = 'nothing';
    this.#onOver(this);
  }
}
