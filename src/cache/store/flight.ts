import type { Allowance } from './allowance.ts';

/** An answer before the answer (RFC 9110 §15.2), for those who wait for it. Its fields are flat. */
export interface InterimAnswer {
  readonly status: number;
  readonly headers: readonly string[];
}

/**
 * Somebody who wants the answer. All calls come in order: any `interim`, one `head`, any `data`, then one `end` or
 * `fail`; or `fail` alone. `lull` may come in between.
 */
export interface FlightSink<Head> {
  interim?(answer: InterimAnswer): void;
  head(head: Head): void;
  /** @returns `false` to ask for a pause, until it calls {@link Flight.ready} */
  data(chunk: Buffer): boolean;
  /** Nothing more has come for now: what is held back to leave together may go. */
  lull?(): void;
  end(): void;
  /** After `head`, the answer is torn and must not look complete. */
  fail(error: Error): void;
}

/** Where the answer comes from. */
export interface FlightSource {
  pause(): void;
  resume(): void;
  /** Nobody wants the answer any more. */
  cancel(): void;
}

/**
 * One upstream request on behalf of everybody who asks for the same report at the same time.
 *
 * While the body is retained (to be stored), a slow caller holds up nobody: the chunks are kept anyway. Once it is
 * not, because it is too large or too much is retained by others, the slowest caller sets the pace, and nobody can
 * join any more. Callers who leave do not disturb the others; when the last has left, the source is cancelled.
 */
export class Flight<Head> {
  /** `undefined` once there is nothing more to ask of it. */
  #source: FlightSource | undefined;
  /** Never changed in place: who is called may leave. */
  #sinks: readonly FlightSink<Head>[] = [];
  /** Made when somebody is slow for the first time. */
  #blocked: Set<FlightSink<Head>> | undefined;
  #head: Head | undefined;
  #chunks: Buffer[] | undefined = [];
  #retained = 0;
  #retainLimit = 0;
  #paused = false;
  #over = false;
  readonly #allowance: Allowance;
  /**
   * What of the allowance is taken: for the chunks, and after them for as long as somebody slow may still have them.
   */
  #taken = 0;

  /** @param allowance of all flights together, for what they retain */
  constructor(source: FlightSource, allowance: Allowance) {
    this.#source = source;
    this.#allowance = allowance;
  }

  /** Bytes of body held at the moment. */
  get retainedBytes(): number {
    return this.#retained;
  }

  /** The whole body, if it was retained; to be asked for when all of it has come, before {@link end}. */
  get retainedBody(): readonly Buffer[] | undefined {
    return this.#chunks;
  }

  /** Adds a caller, who gets what has arrived so far at once. @returns `false` if it is too late for that */
  join(sink: FlightSink<Head>): boolean {
    if (this.#over || this.#chunks === undefined) return false;
    this.#sinks = [...this.#sinks, sink];
    if (this.#head !== undefined) {
      sink.head(this.#head);
      for (const chunk of this.#chunks) this.#give(sink, chunk);
      sink.lull?.();
    }
    return true;
  }

  leave(sink: FlightSink<Head>): void {
    const others = this.#sinks.filter((one) => one !== sink);
    const hasLeft = others.length < this.#sinks.length;
    this.#sinks = others;
    if (hasLeft && !this.#over && others.length === 0) {
      this.#over = true;
      this.#source?.cancel();
      this.#land();
    }
    this.ready(sink);
  }

  /** The sink takes data again. */
  ready(sink: FlightSink<Head>): void {
    this.#blocked?.delete(sink);
    this.#settle();
    if (this.#paused && !this.#over && !this.#hasBlocked()) {
      this.#paused = false;
      this.#source?.resume();
    }
  }

  /** Nothing that is kept: who joins later has missed it. */
  inform(answer: InterimAnswer): void {
    for (const sink of this.#sinks) sink.interim?.(answer);
  }

  /** @param retainLimit most bytes of body to keep for storing; 0 keeps none */
  start(head: Head, retainLimit: number): void {
    this.#head = head;
    this.#retainLimit = retainLimit;
    if (retainLimit === 0) this.#chunks = undefined;
    for (const sink of this.#sinks) sink.head(head);
  }

  push(chunk: Buffer): void {
    if (this.#chunks !== undefined && this.#retain(chunk.length)) {
      this.#chunks.push(chunk);
      for (const sink of this.#sinks) this.#give(sink, chunk);
    } else {
      this.#passOn(chunk);
    }
  }

  #passOn(chunk: Buffer): void {
    for (const sink of this.#sinks) this.#give(sink, chunk);
    if (this.#hasBlocked() && !this.#paused) {
      this.#paused = true;
      this.#source?.pause();
    }
  }

  /** What has been pushed is all there is for now. */
  lull(): void {
    for (const sink of this.#sinks) sink.lull?.();
  }

  end(): void {
    if (this.#over) return;
    for (const sink of this.#land()) sink.end();
    this.#settle();
  }

  fail(error: Error): void {
    if (this.#over) return;
    for (const sink of this.#land()) sink.fail(error);
    this.#settle();
  }

  /**
   * Lets go of everything, for whoever may still hold a flight that is over: V8's maps do, through outgrown tables
   * (see `Slots`), and kept with it callers, requests and bodies.
   */
  #land(): readonly FlightSink<Head>[] {
    const sinks = this.#sinks;
    this.#over = true;
    this.#source = undefined;
    this.#head = undefined;
    this.#chunks = undefined;
    this.#sinks = [];
    return sinks;
  }

  #give(sink: FlightSink<Head>, chunk: Buffer): void {
    if (sink.data(chunk)) return;
    this.#blocked ??= new Set();
    this.#blocked.add(sink);
  }

  /** Gives the allowance back once nobody has the chunks: neither we nor a slow caller. */
  #settle(): void {
    if (this.#hasBlocked() || (this.#chunks !== undefined && !this.#over)) return;
    this.#allowance.give(this.#taken);
    this.#taken = 0;
  }

  #hasBlocked(): boolean {
    return this.#blocked !== undefined && this.#blocked.size > 0;
  }

  /** @returns whether as many more bytes may be retained; if not, nothing is any more */
  #retain(bytes: number): boolean {
    this.#retained += bytes;
    if (this.#retained > this.#retainLimit || !this.#allowance.take(bytes)) {
      this.#chunks = undefined;
      this.#retained = 0;
      this.#settle();
      return false;
    }
    this.#taken += bytes;
    return true;
  }
}
